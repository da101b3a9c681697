import { type NodeName, parseNodeName } from '../core/index.ts';
import {
  createAuthorityCertificate,
  generatePrivateKey,
  type PrivateKey,
  privateKeyToPem,
} from '../crypto/index.ts';
import {
  directoryName,
  ensurePrivateDirectory,
  openStore,
  realClock,
  realRandom,
  writeKeyFile,
} from '../platform/index.ts';
import type { EpochMs, Random } from '../ports/index.ts';
import { authorityKeyFiles, writeFirstKeys } from './authority-key-files.ts';
import { AuthorityKeys, type SigningKeys, writeCertificate } from './authority-keys.ts';
import {
  type DataDirectory,
  dataPaths,
  type NodeIdentity,
  nodeSpace,
  writeIdentity,
} from './data-directory.ts';
import { NodeError } from './errors.ts';

/** Life of an authority's self-signed CA certificate, milliseconds: 1 year. */
const AUTHORITY_LIFE_MS = 365 * 24 * 3_600_000;

/**
 * The name of a node that is being made: the one that was asked for, else its directory's.
 *
 * @throws NodeError NAME_INVALID
 */
export function nameForNode(asked: string | undefined, dataDir: string): NodeName {
  const name = parseNodeName(asked ?? directoryName(dataDir));
  if (name.ok) return name.value;
  throw new NodeError('NAME_INVALID', name.error, {
    ...(asked === undefined
      ? { remedy: 'Name the node with --name, or its directory otherwise.' }
      : {}),
  });
}

/**
 * Fills a fresh directory with what every node has: its keys, its state, and a CA certificate that
 * counts for nothing until a governor puts it into the trust repository.
 */
export async function fillDataDirectory(
  dataDir: string,
  identity: NodeIdentity,
): Promise<DataDirectory> {
  const paths = dataPaths(dataDir);
  const keys = { node: generatePrivateKey('ed25519'), online: generatePrivateKey('ed25519') };
  ensurePrivateDirectory(paths.keys);
  writeKeyFile(paths.nodeKey, privateKeyToPem(keys.node));
  writeKeyFile(paths.onlineKey, privateKeyToPem(keys.online));
  const current = firstSigningKeys(identity, realClock.now(), realRandom);
  writeFirstKeys(paths, current);
  const store = openStore(paths.state);
  const space = nodeSpace(store);
  writeIdentity(store, identity);
  writeCertificate(space, current.certificatePem);
  const files = authorityKeyFiles(paths);
  const signing = new AuthorityKeys({ files, space, current, next: undefined });
  return { identity, keys, store, signing };
}

/** Keys that count for nothing until governors put them into the trust repository. */
function firstSigningKeys(identity: NodeIdentity, now: EpochMs, random: Random): SigningKeys {
  const [authority, token] = [generatePrivateKey('p256'), generatePrivateKey('p256')];
  const certificatePem = ownCertificate(identity, authority, now, random);
  return { authority, token, certificatePem };
}

/** A self-signed CA certificate of this node for a key, PEM. */
export const ownCertificate = (
  { trustDomain, node }: NodeIdentity,
  key: PrivateKey<'p256'>,
  now: EpochMs,
  random: Random,
): string =>
  createAuthorityCertificate({ trustDomain, node, key, now, random, lifeMs: AUTHORITY_LIFE_MS });
