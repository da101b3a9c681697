import {
  isSealedKeyFile,
  openKeyFile,
  pathExists,
  readKeyFile,
  sealText,
  writeFileAtomic,
} from '../platform/index.ts';
import type { UnsealedKeys } from './authority-key-files.ts';
import { dataPaths, openDataDirectory } from './data-directory.ts';
import { NodeError } from './errors.ts';

/** Whoever knows the passphrase of the key at `path`: a person, or a file. */
export type AskPassphrase = (path: string) => Promise<string>;

/** Of its owner alone. */
const KEY_MODE = 0o600;

/** The CA keys in a data directory: that in use, and during a rotation the next one. */
function caKeysIn(dataDir: string): readonly string[] {
  const { authorityKey, nextAuthorityKey } = dataPaths(dataDir);
  return [authorityKey, nextAuthorityKey].filter(pathExists);
}

/**
 * Opens the CA keys of a data directory; undefined where none is sealed. The passphrase is asked for once.
 *
 * @throws PlatformError as `openKeyFile`, and whatever `ask` throws
 */
export async function unsealAuthorityKeys(
  dataDir: string,
  ask: AskPassphrase,
): Promise<UnsealedKeys | undefined> {
  const [first, ...more] = caKeysIn(dataDir).filter(isSealedKeyFile);
  if (first === undefined) return undefined;
  const passphrase = await ask(first);
  const pems = new Map<string, string>();
  for (const path of [first, ...more]) {
    pems.set(path, await openKeyFile(path, 'p256', () => Promise.resolve(passphrase)));
  }
  return { passphrase, pems };
}

/**
 * Seals the CA keys of a node that does not run: from then on it starts with the passphrase alone. What the disk
 * held before may still be found on it.
 *
 * @throws NodeError KEY_SEALED_ALREADY, and as `openDataDirectory`
 */
export async function sealAuthorityKeys(
  dataDir: string,
  passphrase: () => Promise<string>,
): Promise<void> {
  const sealed = caKeysIn(dataDir).find(isSealedKeyFile);
  if (sealed !== undefined)
    throw new NodeError('KEY_SEALED_ALREADY', `${sealed} is sealed already`);
  const { store } = openDataDirectory(dataDir); // held, so that no node runs meanwhile
  try {
    const words = await passphrase();
    for (const path of caKeysIn(dataDir)) {
      writeFileAtomic(path, await sealText(readKeyFile(path, 'p256'), words), KEY_MODE);
    }
  } finally {
    store.close();
  }
}
