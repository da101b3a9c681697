import { generatePrivateKey, privateKeyFromPem, privateKeyToPem } from '../crypto/index.ts';
import {
  moveKeyFile,
  pathExists,
  readKeyFile,
  removeFile,
  sealText,
  writeKeyFile,
} from '../platform/index.ts';
import type { Space } from '../ports/index.ts';
import {
  type AuthorityKeyFiles,
  AuthorityKeys,
  isOfKey,
  readCertificates,
  type SigningKeys,
} from './authority-keys.ts';
import { NodeError } from './errors.ts';

/** Where the keys for identities lie in a data directory. */
export interface AuthorityKeyPaths {
  readonly authorityKey: string;
  readonly nextAuthorityKey: string;
  readonly tokenKey: string;
  readonly nextTokenKey: string;
}

/** The CA keys of a data directory that keeps them sealed, and how to seal the next. */
export interface UnsealedKeys {
  readonly passphrase: string;
  /** PEM by path. */
  readonly pems: ReadonlyMap<string, string>;
}

/** Makes the files of a node's first keys. */
export function writeFirstKeys(paths: AuthorityKeyPaths, keys: Keys): void {
  writeKeyFile(paths.authorityKey, privateKeyToPem(keys.authority));
  writeKeyFile(paths.tokenKey, privateKeyToPem(keys.token));
}

type Keys = Pick<SigningKeys, 'authority' | 'token'>;

/** The tokens' key goes first in both directions, so that the CA key alone says how far it came. */
export const authorityKeyFiles = (
  paths: AuthorityKeyPaths,
  unsealed?: UnsealedKeys,
): AuthorityKeyFiles => ({
  async keepNext({ authority, token }) {
    const pem = privateKeyToPem(authority);
    const kept = unsealed === undefined ? pem : await sealText(pem, unsealed.passphrase);
    writeKeyFile(paths.nextTokenKey, privateKeyToPem(token));
    writeKeyFile(paths.nextAuthorityKey, kept);
  },
  promote() {
    if (pathExists(paths.nextTokenKey)) moveKeyFile(paths.nextTokenKey, paths.tokenKey);
    moveKeyFile(paths.nextAuthorityKey, paths.authorityKey);
  },
});

/**
 * Reads the keys in use and the next ones. What a crash interrupted is finished, or cleared away where nobody can have
 * heard of it: the certificate is written last, and shown to nobody before.
 *
 * @throws NodeError DATA_DIRECTORY_DAMAGED; PlatformError as `readKeyFile`
 */
export function openAuthorityKeys(
  paths: AuthorityKeyPaths,
  space: Space,
  unsealed?: UnsealedKeys,
): AuthorityKeys {
  const certificates = readCertificates(space);
  const caKeyAt: KeyReader = (path) => p256(path, unsealed);
  const [authority, token] = [caKeyAt(paths.authorityKey), tokenKeyAt(paths.tokenKey)];
  const files = authorityKeyFiles(paths, unsealed);
  if (certificates.current === undefined) {
    throw new NodeError('DATA_DIRECTORY_DAMAGED', 'there is no CA certificate');
  }
  const { next } = certificates;
  if (next !== undefined && isOfKey(next, authority)) {
    // Promoted on disk; only the certificate lags behind.
    const current = { authority, token, certificatePem: next };
    const keys = new AuthorityKeys({ files, space, current, next: undefined });
    keys.settle();
    return keys;
  }
  const current = { authority, token, certificatePem: certificates.current };
  return new AuthorityKeys({ files, space, current, next: nextKeys(paths, next, token, caKeyAt) });
}

function nextKeys(
  paths: AuthorityKeyPaths,
  certificatePem: string | undefined,
  currentToken: SigningKeys['token'],
  caKeyAt: KeyReader,
): SigningKeys | undefined {
  if (certificatePem !== undefined && pathExists(paths.nextAuthorityKey)) {
    const authority = caKeyAt(paths.nextAuthorityKey);
    // Without its own file the tokens' key is in use already.
    const token = pathExists(paths.nextTokenKey) ? p256(paths.nextTokenKey) : currentToken;
    if (isOfKey(certificatePem, authority)) return { authority, token, certificatePem };
  }
  for (const path of [paths.nextAuthorityKey, paths.nextTokenKey]) removeFile(path);
  return undefined;
}

type KeyReader = (path: string) => SigningKeys['authority'];

const p256 = (path: string, unsealed?: UnsealedKeys): SigningKeys['authority'] =>
  privateKeyFromPem('p256', unsealed?.pems.get(path) ?? readKeyFile(path, 'p256'));

/** A node that was made by a program that knew no tokens gets the key now: nothing rests on it yet. */
function tokenKeyAt(path: string): SigningKeys['token'] {
  if (!pathExists(path)) writeKeyFile(path, privateKeyToPem(generatePrivateKey('p256')));
  return p256(path);
}
