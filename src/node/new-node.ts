import { type NodeName, parseNodeName } from '../core/index.ts';
import {
  createAuthorityCertificate,
  generatePrivateKey,
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
import {
  type DataDirectory,
  dataPaths,
  type NodeIdentity,
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
  const keys = {
    node: generatePrivateKey('ed25519'),
    authority: generatePrivateKey('p256'),
    online: generatePrivateKey('ed25519'),
    token: generatePrivateKey('p256'),
  };
  ensurePrivateDirectory(paths.keys);
  writeKeyFile(paths.nodeKey, privateKeyToPem(keys.node));
  writeKeyFile(paths.authorityKey, privateKeyToPem(keys.authority));
  writeKeyFile(paths.onlineKey, privateKeyToPem(keys.online));
  writeKeyFile(paths.tokenKey, privateKeyToPem(keys.token));
  const authorityCertificatePem = await createAuthorityCertificate({
    key: keys.authority,
    trustDomain: identity.trustDomain,
    node: identity.node,
    now: realClock.now(),
    lifeMs: AUTHORITY_LIFE_MS,
    random: realRandom,
  });
  const store = openStore(paths.state);
  writeIdentity(store, identity, authorityCertificatePem);
  return { identity, keys, store, authorityCertificatePem };
}
