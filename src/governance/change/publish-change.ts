import type { Metadata, MetaFile, Root } from '@tufjs/models';
import { GovernanceError } from '../errors.ts';
import { MAX_DELEGATIONS, MAX_VERSION } from '../limits.ts';
import {
  expiryMs,
  forgetsNumbers,
  isDue,
  LIVES_MS,
  onlineKeysOf,
  openRepository,
  publishedAtOf,
  type Repository,
  roleOfFile,
  type SignedChange,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import { type CheckedChange, checkChange } from './check-change.ts';
import { heldSettings } from './held-settings.ts';
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
  const opened = openRepository(held);
  if (!opened.ok) throw new GovernanceError('TRUST_CORRUPT', opened.error.detail);
  return publishChecked(opened.value, checkChange(opened.value, change), online, now);
}

/**
 * As {@link publishChange}, for what was opened and checked already.
 *
 * @throws GovernanceError CHANGE_REFUSED, VERSIONS_EXHAUSTED
 */
export function publishChecked(
  held: Repository,
  { roots, root, targets, delegated, lists, contents, set }: CheckedChange,
  online: TrustSigner,
  now: number,
): TrustFiles {
  if (!mayPublish(root, online)) {
    const message = `the online key ${online.publicKey} is no authority's of root ${root.signed.version}`;
    throw new GovernanceError('CHANGE_REFUSED', message);
  }
  return signPublication({
    files: { roots, targets, delegated, contents },
    lists,
    named: namedBefore(held, root),
    publishedAtMs: now,
    versions: nextVersions(held, root),
    maxStalenessMs: set.settings.maxStalenessMs,
    online,
    now,
  });
}

/**
 * Signs the timestamp again, and the snapshot when it ages too: the pulse that tells nodes that
 * nothing is withheld from them.
 *
 * @throws GovernanceError VERSIONS_EXHAUSTED
 */
export function refreshTimestamp(held: Repository, online: TrustSigner, now: number): TrustFiles {
  const { files, snapshot } = held;
  const versions = {
    snapshot: snapshot.signed.version,
    timestamp: following(held.timestamp.signed.version),
  };
  const { maxStalenessMs } = heldSettings(held);
  if (!isDue(expiryMs(snapshot), LIVES_MS.snapshot, now)) {
    const timestamp = signTimestamp({
      snapshot: files.snapshot,
      versions,
      maxStalenessMs,
      online,
      now,
    });
    return { ...files, timestamp };
  }
  const next = { ...versions, snapshot: following(versions.snapshot) };
  return signPublication({ ...publishedAgain(held), versions: next, online, now });
}

const publishedAgain = (held: Repository) => ({
  files: held.files,
  lists: held.lists,
  named: held.snapshot.signed.meta,
  publishedAtMs: publishedAtOf(held.snapshot),
  maxStalenessMs: heldSettings(held).maxStalenessMs,
});

/** How far the clocks of authorities may be apart, before one signs again what another one has signed for too long. */
const CLOCK_TOLERANCE_MS = 86_400_000;

/** Has the timestamp, or the snapshot, less than half of its life left, or the timestamp more than one can have? */
export function needsRefresh(held: Repository, now: number): boolean {
  const { maxStalenessMs } = heldSettings(held);
  const endsAt = expiryMs(held.timestamp);
  return (
    isDue(endsAt, maxStalenessMs, now) ||
    endsAt > now + maxStalenessMs + CLOCK_TOLERANCE_MS ||
    isDue(expiryMs(held.snapshot), LIVES_MS.snapshot, now)
  );
}

/** Does `root` let this key sign snapshot and timestamp? */
export const mayPublish = (root: Metadata<Root>, { publicKey }: TrustSigner): boolean =>
  onlineKeysOf(root).includes(publicKey);

/**
 * TUF section 5.3.11: when an online key is taken out, nodes forget the snapshot and timestamp that
 * they knew. So numbers that a stolen key has driven up can start anew.
 */
function nextVersions(held: Repository, next: Metadata<Root>) {
  const { snapshot, timestamp } = held;
  const highest = Math.max(snapshot.signed.version, timestamp.signed.version);
  if (forgetsNumbers(held.root, [next]) && highest > RESTART_VERSION)
    return { snapshot: 1, timestamp: 1 };
  return {
    snapshot: following(snapshot.signed.version),
    timestamp: following(timestamp.signed.version),
  };
}

/**
 * Lists that the next snapshot must go on naming (TUF section 5.5.5): so the numbers of one that was
 * taken back go on when it is handed over again. After a rotation nodes compare with nothing, and what
 * a stolen key may have burned or heaped up is let go.
 */
function namedBefore(held: Repository, next: Metadata<Root>): Record<string, MetaFile> {
  const { meta } = held.snapshot.signed;
  if (!forgetsNumbers(held.root, [next])) return meta;
  const sane = Object.entries(meta).filter(
    ([file, { version }]) => roleOfFile(file).ok && version <= RESTART_VERSION,
  );
  return Object.fromEntries(sane.slice(0, MAX_DELEGATIONS));
}

function following(version: number): number {
  if (version < MAX_VERSION) return version + 1;
  throw new GovernanceError('VERSIONS_EXHAUSTED', `version ${version} is the last one`);
}
