import { privateKeyToPem } from '../crypto/index.ts';
import {
  createGovernorKey,
  governorFromPem,
  type NamedKey,
  signerOf,
  type TrustSigner,
} from '../governance/index.ts';
import { openKeyFile, refuseInside, sealText, writeKeyFile } from '../platform/index.ts';
import type { CliContext } from './context.ts';
import { refuseExisting, writeNewFile } from './new-file.ts';
import {
  type NewKeyProtection,
  newPassphrase,
  type PassphraseSource,
  passphraseOf,
} from './passphrase.ts';
import { formatPublicKey, publicPathOf, refusePublicHalf } from './public-key-file.ts';

/** Which key signs: a governor's, or one of a team that a namespace was handed to. */
export interface KeyChoice extends PassphraseSource {
  /** Path of the private key. */
  readonly key: string;
  /** The data directory of the node that is asked. */
  readonly data?: string;
}

/**
 * Reads a governor's key: a file of mode 0600, sealed with a passphrase or not, that lies in no node's
 * data directory, so that a stolen node does not take along what may change the rules.
 *
 * @throws CliError PASSPHRASE_NEEDED, COMMAND_LINE_INVALID for the public half of a key
 * @throws PlatformError KEY_IN_DATA_DIRECTORY, KEY_FILE_OPEN_TO_OTHERS, KEY_FILE_UNUSABLE, FILE_MISSING,
 * PASSPHRASE_WRONG
 */
export async function readGovernorKey(
  context: CliContext,
  { key, data, ...source }: KeyChoice,
): Promise<TrustSigner> {
  refuseInside(key, data);
  refusePublicHalf(key);
  return governorFromPem(
    await openKeyFile(key, 'ed25519', () => passphraseOf(context, key, source)),
  );
}

/** Whose key is made, and where it is to lie. */
export interface NewKeyPlace {
  readonly name: string;
  readonly path: string;
  /** The data directory of a node that is about to be made. */
  readonly data?: string;
}

/** A key that was made, and is on no disk yet. */
export interface NewGovernorKey {
  readonly signer: TrustSigner;
  readonly named: NamedKey;
  /** Writes the private half, and beside it the public one. */
  keep(): void;
}

/**
 * Makes a governor's key, sealed unless a person says otherwise.
 *
 * @throws CliError PASSPHRASE_NEEDED, PASSPHRASE_UNFIT, COMMAND_LINE_INVALID when a file stands there
 * @throws PlatformError KEY_IN_DATA_DIRECTORY
 */
export async function makeGovernorKey(
  context: CliContext,
  { name, path, data }: NewKeyPlace,
  protection: NewKeyProtection,
): Promise<NewGovernorKey> {
  refuseInside(path, data);
  for (const half of [path, publicPathOf(path)]) refuseExisting(half);
  const passphrase = await newPassphrase(context, path, protection);
  const key = createGovernorKey();
  const pem = privateKeyToPem(key);
  const text = passphrase === undefined ? pem : await sealText(pem, passphrase);
  const signer = signerOf(key);
  const named = { name, publicKey: signer.publicKey };
  return {
    signer,
    named,
    keep() {
      writeKeyFile(path, text);
      writeNewFile(publicPathOf(path), `${formatPublicKey(named)}\n`);
    },
  };
}
