import type { TrustDomain } from '../../core/index.ts';
import {
  byHash,
  encodeMetadata,
  makeRoot,
  makeTargets,
  sign,
  type TrustFiles,
  type TrustSigner,
  tufKey,
} from '../repository/index.ts';
import { DEFAULT_SETTINGS, encodeTarget } from '../resources/index.ts';
import type { AuthorityTarget, MeshSettings } from '../trust-set.ts';
import { signPublication } from './sign-publication.ts';

export interface InitTrustParams {
  readonly trustDomain: TrustDomain;
  readonly governor: TrustSigner;
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
  const settings = params.settings ?? DEFAULT_SETTINGS;
  const targets = [
    encodeTarget({ kind: 'MeshSettings', settings }, trustDomain),
    encodeTarget({ kind: 'Authority', authority }, trustDomain),
  ];
  const root = makeRoot({
    version: 1,
    governors: { keys: [tufKey(governor.publicKey)], threshold: 1 },
    onlineKeys: [authority.onlineKey],
    now,
  });
  const list = makeTargets({ version: 1, targets, now });
  sign(root, governor);
  sign(list, governor);
  return signPublication({
    roots: [encodeMetadata(root)],
    targets: { bytes: encodeMetadata(list), version: 1 },
    contents: byHash(targets.map(({ bytes }) => bytes)),
    versions: { snapshot: 1, timestamp: 1 },
    maxStalenessMs: settings.maxStalenessMs,
    online,
    now,
  });
}
