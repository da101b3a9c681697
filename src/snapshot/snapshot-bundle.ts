import { Revocations, TrustBundle } from '../crypto/index.ts';
import type { Snapshot } from './snapshot.ts';

/** Whom a sidecar believes, and what of that is revoked. */
export const snapshotBundle = ({ trustDomain, bundle, revocations }: Snapshot): TrustBundle =>
  new TrustBundle(
    trustDomain,
    bundle,
    revocations && new Revocations(revocations.all, revocations.byAuthorities),
  );
