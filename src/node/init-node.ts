import { type NodeName, parseTrustDomain, type TrustDomain } from '../core/index.ts';
import { privateKeyToPem, publicKeyOf, rawPublicKey, sha256Hex } from '../crypto/index.ts';
import {
  type AuthorityTarget,
  createGovernorKey,
  governorFromPem,
  initTrust,
  offerOf,
  signerOf,
  type TrustFiles,
  type TrustSigner,
  TrustStore,
  verifyTrust,
} from '../governance/index.ts';
import { Authority } from '../identity/index.ts';
import {
  absolutePath,
  makeDirectoryWhole,
  pathExists,
  readKeyFile,
  realClock,
  realRandom,
  refuseInside,
  scratchDirs,
  writeKeyFile,
} from '../platform/index.ts';
import type { Log, Meter } from '../ports/index.ts';
import { type DataDirectory, requireFreeDirectory, writeCredential } from './data-directory.ts';
import { NodeError } from './errors.ts';
import { fillDataDirectory, nameForNode } from './new-node.ts';

/** Life of the first node's membership credential, milliseconds: 7 days; renewed at half-life. */
const FIRST_CREDENTIAL_LIFE_MS = 7 * 24 * 3_600_000;

export interface InitOptions {
  readonly trustDomain: string;
  readonly dataDir: string;
  /** A file that is made, or an existing governor's key; never inside the data directory. */
  readonly governorKey: string;
  /** Default: the data directory's name. */
  readonly name?: string;
  readonly log: Log;
  readonly meter: Meter;
}

export interface InitReport {
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
  /** Whether the governor's key was made just now (and must be kept safe). */
  readonly governorKeyMade: boolean;
  /** Absolute path. */
  readonly governorKey: string;
}

/**
 * Founds a mesh: a governor's key, the trust repository that it signs, and the first node, which is
 * its first authority.
 *
 * @throws NodeError NAME_INVALID, DATA_DIRECTORY_TAKEN
 * @throws PlatformError KEY_IN_DATA_DIRECTORY, KEY_FILE_OPEN_TO_OTHERS, KEY_FILE_UNUSABLE
 */
export async function initNode(options: InitOptions): Promise<InitReport> {
  const trustDomain = parseTrustDomain(options.trustDomain);
  if (!trustDomain.ok) throw new NodeError('NAME_INVALID', trustDomain.error);
  const node = nameForNode(options.name, options.dataDir);
  requireFreeDirectory(options.dataDir);
  refuseInside(options.governorKey, options.dataDir);
  const governor = openGovernorKey(options.governorKey);
  const identity = { trustDomain: trustDomain.value, node, epoch: 1 };
  await makeDirectoryWhole(options.dataDir, async (partial) => {
    const directory = await fillDataDirectory(partial, identity);
    try {
      await found(directory, governor.signer);
      writeCredential(directory.store, firstCredential(directory, options));
      // Last of all: a governor's key without its mesh would only confuse.
      if (governor.pem !== undefined) writeKeyFile(options.governorKey, governor.pem);
    } finally {
      directory.store.close();
    }
  });
  return {
    trustDomain: trustDomain.value,
    node,
    governorKeyMade: governor.pem !== undefined,
    governorKey: absolutePath(options.governorKey),
  };
}

/** An existing key, or a new one with the text that is still to be written. */
function openGovernorKey(path: string): { signer: TrustSigner; pem?: string } {
  if (pathExists(path)) return { signer: governorFromPem(readKeyFile(path, 'ed25519')) };
  const key = createGovernorKey();
  return { signer: signerOf(key), pem: privateKeyToPem(key) };
}

async function found(directory: DataDirectory, governor: TrustSigner): Promise<void> {
  const { identity, keys, store } = directory;
  const now = realClock.now();
  const files = initTrust({
    trustDomain: identity.trustDomain,
    governor,
    authority: authorityTarget(directory),
    online: signerOf(keys.online),
    now,
  });
  const trust = await verifyTrust({
    pinnedRootSha256: rootSha256(files),
    offered: offerOf(files),
    scratch: scratchDirs(),
    now,
  });
  if (!trust.ok) throw new NodeError('DATA_DIRECTORY_DAMAGED', trust.error.detail);
  new TrustStore(store).adopt(trust.value);
}

/** SHA-256 of the newest root, hex: what a join token pins. */
export const rootSha256 = ({ roots }: TrustFiles): string => {
  const newest = roots.at(-1);
  if (newest !== undefined) return sha256Hex(newest);
  throw new NodeError('DATA_DIRECTORY_DAMAGED', 'the trust repository has no root');
};

/** How the trust repository names this node once it is an authority. */
export const authorityTarget = ({
  identity,
  keys,
  authorityCertificatePem,
}: DataDirectory): AuthorityTarget => ({
  node: identity.node,
  certificatePem: authorityCertificatePem,
  onlineKey: Buffer.from(rawPublicKey(publicKeyOf(keys.online))).toString('hex'),
});

function firstCredential(directory: DataDirectory, { log, meter }: InitOptions): Uint8Array {
  const { identity, keys, authorityCertificatePem } = directory;
  const authority = new Authority({
    trustDomain: identity.trustDomain,
    key: keys.authority,
    certificatePem: authorityCertificatePem,
    clock: realClock,
    random: realRandom,
    log,
    meter,
  });
  const publicKey = rawPublicKey(publicKeyOf(keys.node));
  const { node, epoch } = identity;
  return authority.issueCredential({ node, publicKey, epoch, lifeMs: FIRST_CREDENTIAL_LIFE_MS })
    .credential;
}
