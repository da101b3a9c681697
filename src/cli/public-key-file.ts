import { isDnsLabel } from '../core/index.ts';
import type { NamedKey } from '../governance/index.ts';
import { readTextFile } from '../platform/index.ts';
import { CliError } from './errors.ts';

/** The file with the public half of the key at `path`: what a governor hands to the others. */
export const publicPathOf = (path: string): string => `${path}${PUBLIC}`;
const PUBLIC = '.pub';

/**
 * Where a private half is asked for: its mode, or a passphrase, would be asked in vain of the other.
 *
 * @throws CliError COMMAND_LINE_INVALID
 */
export function refusePublicHalf(path: string): void {
  if (!path.endsWith(PUBLIC)) return;
  throw new CliError('COMMAND_LINE_INVALID', `${path} is the public half, which signs nothing`, {
    remedy: `Name the private half: ${path.slice(0, -PUBLIC.length)}`,
  });
}

/** Largest file that is taken for a public key, bytes: one line, and comments above it. */
const MAX_FILE_BYTES = 4_096;
const LINE = /^(?<name>\S+) ed25519:(?<publicKey>[0-9a-f]{64})$/;

/** `ada ed25519:3b6a…` */
export const formatPublicKey = ({ name, publicKey }: NamedKey): string =>
  `${name} ed25519:${publicKey}`;

/**
 * Reads the public half of a governor's key, as {@link formatPublicKey} writes it.
 *
 * @throws CliError INPUT_INVALID
 * @throws PlatformError FILE_MISSING, FILE_UNREADABLE, FILE_TOO_LARGE
 */
export function readPublicKeyFile(path: string): NamedKey {
  const text = readTextFile(path, MAX_FILE_BYTES);
  const { name, publicKey } = LINE.exec(text.trim())?.groups ?? {};
  if (name !== undefined && publicKey !== undefined && isDnsLabel(name)) return { name, publicKey };
  const isPrivate = /PRIVATE KEY|AGE ENCRYPTED/.test(text);
  const message = isPrivate
    ? 'it is the private half, which only its owner ever reads: name the file beside it that ends in .pub'
    : "it is no public key: write one line, '<name> ed25519:<64 hex digits>', as `selvage governor new` does";
  throw new CliError('INPUT_INVALID', `${path} names no governor`, {
    problems: [{ file: path, line: 1, message }],
  });
}
