import { createPrivateKey } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { PlatformError } from './errors.ts';
import { reading, temporaryBeside, writeDurably } from './files.ts';
import { isSealed, unsealText } from './sealed-text.ts';
import { systemErrorCode } from './system-error.ts';

/** A key of ours has 240 bytes, a sealed one 480; this lets comments above it pass. */
const MAX_KEY_FILE_BYTES = 16_384;
const OTHERS = 0o077; // any right of the group or of others

export type KeyFileKind = 'ed25519' | 'p256';

/**
 * Reads a private key (PKCS8 PEM) from a file that its owner alone may use. The mode is checked on the
 * open descriptor, so what is checked is what is read.
 *
 * @throws PlatformError FILE_MISSING, FILE_UNREADABLE, KEY_FILE_OPEN_TO_OTHERS, KEY_FILE_UNUSABLE
 */
export const readKeyFile = (path: string, kind: KeyFileKind): string =>
  usable(path, readPrivateFile(path), kind);

/**
 * As {@link readKeyFile}, of a file that may be sealed with a passphrase: then, and only then,
 * `passphrase` is asked for it.
 *
 * @throws PlatformError as {@link readKeyFile}, PASSPHRASE_WRONG
 */
export async function openKeyFile(
  path: string,
  kind: KeyFileKind,
  passphrase: () => Promise<string>,
): Promise<string> {
  const text = readPrivateFile(path);
  if (!isSealed(text)) return usable(path, text, kind);
  const opened = await unsealText(text, await passphrase());
  if (typeof opened === 'string') return usable(path, opened, kind);
  if (opened.reason === 'passphrase') {
    throw new PlatformError('PASSPHRASE_WRONG', `the passphrase does not open ${path}`);
  }
  throw unusable(path, opened.detail);
}

/** Is the key in this file sealed with a passphrase? Throws as {@link readKeyFile} does of a file that it does not read. */
export const isSealedKeyFile = (path: string): boolean => isSealed(readPrivateFile(path));

/**
 * The first line of a file that its owner alone may read, such as one with a passphrase.
 *
 * @throws PlatformError FILE_MISSING, FILE_UNREADABLE, KEY_FILE_OPEN_TO_OTHERS, KEY_FILE_UNUSABLE
 */
export const readSecretFile = (path: string): string =>
  readPrivateFile(path).split(/\r?\n/, 1)[0] ?? '';

function usable(path: string, pem: string, kind: KeyFileKind): string {
  const problem = keyProblem(pem, kind);
  if (problem === undefined) return pem;
  throw unusable(path, problem);
}

const unusable = (path: string, problem: string): PlatformError =>
  new PlatformError('KEY_FILE_UNUSABLE', `${path} is no usable private key: ${problem}`);

/**
 * Writes a private key to a new file of mode 0600, whole or not at all, durable when it returns. A
 * key that is there is never replaced.
 *
 * @throws PlatformError KEY_FILE_EXISTS, FILE_UNWRITABLE
 */
export function writeKeyFile(path: string, pem: string): void {
  const temporary = temporaryBeside(path);
  try {
    writeDurably(temporary, pem, 0o600);
    linkSync(temporary, path); // unlike a rename, it fails when there is a file
    syncDirectory(dirname(path));
  } catch (cause) {
    throw systemErrorCode(cause) === 'EEXIST'
      ? new PlatformError('KEY_FILE_EXISTS', `${path} exists already`, { cause })
      : new PlatformError('FILE_UNWRITABLE', `${path} cannot be written`, { cause });
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Puts a key file in the place of another, which is gone then; durable when it returns.
 *
 * @throws PlatformError FILE_UNWRITABLE
 */
export function moveKeyFile(from: string, to: string): void {
  try {
    renameSync(from, to);
    syncDirectory(dirname(to));
  } catch (cause) {
    throw new PlatformError('FILE_UNWRITABLE', `${to} cannot be written`, { cause });
  }
}

/**
 * The text of a file that its owner alone may read, of a few kilobytes.
 *
 * @throws PlatformError FILE_MISSING, FILE_UNREADABLE, KEY_FILE_OPEN_TO_OTHERS, KEY_FILE_UNUSABLE
 */
export function readPrivateFile(path: string): string {
  // A pipe without a writer would keep the program waiting for ever.
  const file = reading(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw unusable(path, 'it is no regular file');
    const { mode, size } = stat;
    if ((mode & OTHERS) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0');
      throw new PlatformError('KEY_FILE_OPEN_TO_OTHERS', `${path} has mode ${octal}`, {
        remedy: `If it is the key that you meant, run \`chmod 600 ${path}\`; and if others use this host, take it for stolen.`,
      });
    }
    if (size > MAX_KEY_FILE_BYTES) {
      const problem = `${size} bytes; at most ${MAX_KEY_FILE_BYTES} are read`;
      throw unusable(path, problem);
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** In words, without a byte of the key. */
function keyProblem(pem: string, kind: KeyFileKind): string | undefined {
  if (pem.trim() === '') return 'the file is empty';
  if (isSealed(pem)) return 'it is sealed with a passphrase, and nobody can be asked for one here';
  if (/-----BEGIN (CERTIFICATE|PUBLIC KEY)-----/.test(pem)) return 'it holds a public part only';
  if (!pem.includes('-----BEGIN PRIVATE KEY-----')) return 'it has no PKCS8 PEM block';
  if (!pem.includes('-----END PRIVATE KEY-----')) return 'it is cut off';
  try {
    const key = createPrivateKey(pem);
    const found =
      key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'p256' : key.asymmetricKeyType;
    return found === kind ? undefined : `it is of kind ${found}, expected is ${kind}`;
  } catch {
    return 'its PEM block is damaged'; // the library's own words add nothing that helps
  }
}

function syncDirectory(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
