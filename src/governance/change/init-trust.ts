import type { TrustDomain } from '../../core/index.ts';
import {
  byHash,
  encodeMetadata,
  makeRoot,
  makeTargets,
  sign,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import { DEFAULT_SETTINGS, encodeTarget } from '../resources/index.ts';
import type { AuthorityTarget, MeshSettings } from '../trust-set.ts';
import { signPublication } from './sign-publication.ts';

export interface InitTrustParams {
  readonly trustDomain: TrustDomain;
  readonly governor: TrustSigner;
  /** What the governor is called; a DNS label. */
  readonly governorName?: string;
  /** The first authority, and the key that it signs with: `authority.onlineKey` is its public half. */
  readonly authority: AuthorityTarget;
  readonly online: TrustSigner;
  readonly settings?: MeshSettings;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Founds a trust repository: one governor, one authority, settings, and nothing that may talk yet. */
export function initTrust(params: InitTrustParams): TrustFiles {
  const { trustDomain, governor, authority, online, now } = params;
  const { publicKey } = governor;
  const settings = params.settings ?? DEFAULT_SETTINGS;
  const targets = [
    encodeTarget({ kind: 'MeshSettings', settings }, trustDomain),
    encodeTarget({ kind: 'Authority', authority }, trustDomain),
  ];
  const root = makeRoot({
    version: 1,
    governors: { keys: [{ name: params.governorName ?? 'governor', publicKey }], threshold: 1 },
    onlineKeys: [authority.onlineKey],
    now,
  });
  const list = makeTargets({ version: 1, targets, now });
  sign(root, governor);
  sign(list, governor);
  return signPublication({
    files: {
      roots: [encodeMetadata(root)],
      targets: encodeMetadata(list),
      delegated: new Map(),
      contents: byHash(targets.map(({ bytes }) => bytes)),
    },
    lists: new Map([['targets', list]]),
    named: {},
    publishedAtMs: now,
    versions: { snapshot: 1, timestamp: 1 },
    maxStalenessMs: settings.maxStalenessMs,
    online,
    now,
  });
}
