import type { Metadata, Root } from '@tufjs/models';
import { GovernanceError } from '../errors.ts';
import { MAX_VERSION } from '../limits.ts';
import {
  expiryMs,
  isDue,
  LIVES_MS,
  onlineKeysOf,
  openRepository,
  type Repository,
  type SignedChange,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import { type CheckedChange, checkChange } from './check-change.ts';
import { signPublication, signTimestamp } from './sign-publication.ts';

/** Beyond this, numbers that a rotation of the online keys lets start anew do so. */
const RESTART_VERSION = 1_000_000;

export interface PublishParams {
  readonly held: TrustFiles;
  readonly change: SignedChange;
  /** The online key of an authority that the (new) root lists. */
  readonly online: TrustSigner;
  readonly now: number;
}

/**
 * Puts a signed change into a new snapshot and timestamp (TUF section 6). Nothing is signed before
 * the governors' signatures are found good.
 *
 * @throws GovernanceError TRUST_CORRUPT, CHANGE_OVERTAKEN, CHANGE_REFUSED, VERSIONS_EXHAUSTED
 */
export function publishChange({ held, change, online, now }: PublishParams): TrustFiles {
  const repository = openHeld(held);
  const checked = checkChange(repository, change);
  if (!mayPublish(checked.root, online)) {
    const message = `the online key ${online.publicKey} is no authority's of root ${checked.root.signed.version}`;
    throw new GovernanceError('CHANGE_REFUSED', message);
  }
  return signPublication({
    roots: checked.roots,
    targets: { bytes: change.targets, version: checked.targets.signed.version },
    contents: checked.contents,
    versions: nextVersions(repository, checked),
    online,
    now,
  });
}

/**
 * Signs the timestamp again, and the snapshot when it ages too: the pulse that tells nodes that
 * nothing is withheld from them.
 *
 * @throws GovernanceError TRUST_CORRUPT, VERSIONS_EXHAUSTED
 */
export function refreshTimestamp(held: TrustFiles, online: TrustSigner, now: number): TrustFiles {
  const repository = openHeld(held);
  const { snapshot, targets, timestamp } = repository;
  const versions = {
    snapshot: snapshot.signed.version,
    timestamp: following(timestamp.signed.version),
  };
  if (!isDue(expiryMs(snapshot), LIVES_MS.snapshot, now)) {
    return {
      ...held,
      timestamp: signTimestamp({ snapshot: held.snapshot, versions, online, now }),
    };
  }
  return signPublication({
    roots: held.roots,
    targets: { bytes: held.targets, version: targets.signed.version },
    contents: held.contents,
    versions: { ...versions, snapshot: following(versions.snapshot) },
    online,
    now,
  });
}

/** Has the timestamp, or the snapshot, less than half of its life left? */
export function needsRefresh({ timestamp, snapshot }: Repository, now: number): boolean {
  return (
    isDue(expiryMs(timestamp), LIVES_MS.timestamp, now) ||
    isDue(expiryMs(snapshot), LIVES_MS.snapshot, now)
  );
}

/** Does `root` let this key sign snapshot and timestamp? */
export const mayPublish = (root: Metadata<Root>, { publicKey }: TrustSigner): boolean =>
  onlineKeysOf(root).includes(publicKey);

function openHeld(held: TrustFiles): Repository {
  const opened = openRepository(held);
  if (opened.ok) return opened.value;
  throw new GovernanceError('TRUST_CORRUPT', opened.error.detail);
}

/**
 * TUF section 5.3.11: when an online key is taken out, nodes forget the snapshot and timestamp that
 * they knew. So numbers that a stolen key has driven up can start anew.
 */
function nextVersions({ root, snapshot, timestamp }: Repository, next: CheckedChange) {
  const kept = new Set(onlineKeysOf(next.root));
  const isRotated = onlineKeysOf(root).some((key) => !kept.has(key));
  const highest = Math.max(snapshot.signed.version, timestamp.signed.version);
  if (isRotated && highest > RESTART_VERSION) return { snapshot: 1, timestamp: 1 };
  return {
    snapshot: following(snapshot.signed.version),
    timestamp: following(timestamp.signed.version),
  };
}

function following(version: number): number {
  if (version < MAX_VERSION) return version + 1;
  throw new GovernanceError('VERSIONS_EXHAUSTED', `version ${version} is the last one`);
}
