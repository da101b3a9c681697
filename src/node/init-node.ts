import { type NodeName, parseTrustDomain, type TrustDomain } from '../core/index.ts';
import { publicKeyOf, rawPublicKey, sha256Hex } from '../crypto/index.ts';
import {
  type AuthorityTarget,
  initTrust,
  offerOf,
  signerOf,
  type TrustFiles,
  type TrustSigner,
  TrustStore,
  verifyTrust,
} from '../governance/index.ts';
import { Authority } from '../identity/index.ts';
import { makeDirectoryWhole, realClock, realRandom, scratchDirs } from '../platform/index.ts';
import type { Log, Meter } from '../ports/index.ts';
import { LoggingLedger } from '../telemetry/index.ts';
import { publicTokenKey } from './authority-keys.ts';
import { type DataDirectory, requireFreeDirectory, writeCredential } from './data-directory.ts';
import { NodeError } from './errors.ts';
import { fillDataDirectory, nameForNode } from './new-node.ts';

/** Life of the first node's membership credential, milliseconds: 7 days; renewed at half-life. */
const FIRST_CREDENTIAL_LIFE_MS = 7 * 24 * 3_600_000;

export interface InitOptions {
  readonly trustDomain: string;
  readonly dataDir: string;
  /** Default: the data directory's name. */
  readonly name?: string;
  /** Asked once nothing else stands in the way: a person may have to type a passphrase. */
  readonly governor: () => Promise<FirstGovernor>;
  readonly log: Log;
  readonly meter: Meter;
}

/** Who signs the first version, and governs alone until there are others. */
export interface FirstGovernor {
  readonly signer: TrustSigner;
  /** What the person is called; a DNS label. */
  readonly name: string;
  /** Keeps what the governor needs for this mesh; called last of all, and what it throws undoes the rest. */
  readonly keep: (files: TrustFiles) => void;
}

export interface InitReport {
  readonly trustDomain: TrustDomain;
  readonly node: NodeName;
}

/**
 * Founds a mesh: the trust repository that its first governor signs, and the first node, which is its
 * first authority.
 *
 * @throws NodeError NAME_INVALID, DATA_DIRECTORY_TAKEN
 */
export async function initNode(options: InitOptions): Promise<InitReport> {
  const trustDomain = parseTrustDomain(options.trustDomain);
  if (!trustDomain.ok) throw new NodeError('NAME_INVALID', trustDomain.error);
  const node = nameForNode(options.name, options.dataDir);
  requireFreeDirectory(options.dataDir);
  const governor = await options.governor();
  const identity = { trustDomain: trustDomain.value, node, epoch: 1 };
  await makeDirectoryWhole(options.dataDir, async (partial) => {
    const directory = await fillDataDirectory(partial, identity);
    try {
      const files = await found(directory, governor);
      writeCredential(directory.store, firstCredential(directory, options));
      governor.keep(files); // a governor's key without its mesh would only confuse
    } finally {
      directory.store.close();
    }
  });
  return { trustDomain: trustDomain.value, node };
}

async function found(
  directory: DataDirectory,
  { signer, name }: FirstGovernor,
): Promise<TrustFiles> {
  const { identity, keys, store } = directory;
  const now = realClock.now();
  const files = initTrust({
    trustDomain: identity.trustDomain,
    governor: signer,
    governorName: name,
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
  return files;
}

/** SHA-256 of the newest root, hex: what a join token pins. */
export const rootSha256 = ({ roots }: TrustFiles): string => {
  const newest = roots.at(-1);
  if (newest !== undefined) return sha256Hex(newest);
  throw new NodeError('DATA_DIRECTORY_DAMAGED', 'the trust repository has no root');
};

/** How the trust repository names this node once it is an authority. */
export const authorityTarget = ({ identity, keys, signing }: DataDirectory): AuthorityTarget => ({
  node: identity.node,
  onlineKey: Buffer.from(rawPublicKey(publicKeyOf(keys.online))).toString('hex'),
  certificates: [{ pem: signing.current.certificatePem }],
  namespaces: 'any',
  tokenKeys: [publicTokenKey(signing.current)],
});

function firstCredential(directory: DataDirectory, { log, meter }: InitOptions): Uint8Array {
  const { identity, keys, signing } = directory;
  const authority = new Authority({
    trustDomain: identity.trustDomain,
    key: signing.current.authority,
    certificatePem: signing.current.certificatePem,
    clock: realClock,
    random: realRandom,
    ledger: new LoggingLedger(log, meter),
    log,
    meter,
  });
  const publicKey = rawPublicKey(publicKeyOf(keys.node));
  const { node, epoch } = identity;
  return authority.issueCredential({ node, publicKey, epoch, lifeMs: FIRST_CREDENTIAL_LIFE_MS })
    .credential;
}
