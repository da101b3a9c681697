import type { Metadata, MetaFile, Snapshot } from '@tufjs/models';
import { ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { MAX_DELEGATIONS, MAX_NEW_ROOTS, MAX_OFFER_BYTES } from '../limits.ts';
import {
  byHash,
  type DelegatedFiles,
  type DelegatedRole,
  forgetsNumbers,
  isNamedBy,
  parseRoot,
  parseSnapshot,
  parseTimestamp,
  type Repository,
  readRoots,
  readTargetList,
  refusal,
  refuse,
  roleOfFile,
  type TrustOffer,
  type TrustRefusal,
} from '../repository/index.ts';
import type { JudgedUpdate } from './tuf-judge.ts';

/** What an offer and what is held would be together. Chosen by hash, not believed yet. */
export interface Candidate {
  readonly trustedRoots: readonly Uint8Array[];
  readonly update: JudgedUpdate;
  readonly delegated: DelegatedFiles;
  /** By SHA-256 (hex): all that is at hand, listed or not. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Nothing in it is newer than what is held. */
  readonly isHeld: boolean;
}

/** Before anything is parsed: is it of a size that a node looks at? */
export function boundsProblem(offered: TrustOffer): TrustRefusal | undefined {
  const { roots, timestamp, snapshot, targets, delegated, contents } = offered;
  if (roots.length > MAX_NEW_ROOTS) {
    return refusal('too-many-roots', `${roots.length} roots; at most ${MAX_NEW_ROOTS} are read`);
  }
  if (delegated.size > MAX_DELEGATIONS) {
    const detail = `${delegated.size} lists of teams; at most ${MAX_DELEGATIONS} are read`;
    return refusal('too-large', detail);
  }
  const parts = [...roots, timestamp, ...contents, ...delegated.values(), snapshot, targets];
  const size = parts.reduce((total, part) => total + (part?.length ?? 0), 0);
  if (size <= MAX_OFFER_BYTES) return undefined;
  return refusal('too-large', `${size} bytes; at most ${MAX_OFFER_BYTES} are read`);
}

export function candidateOf(
  held: Repository | undefined,
  pinnedRootSha256: string | undefined,
  offered: TrustOffer,
): Result<Candidate, TrustRefusal> {
  const anchor =
    held === undefined ? pinnedRoots(pinnedRootSha256, offered) : knownRoots(held, offered);
  if (!anchor.ok) return anchor;
  const { trustedRoots, newRoots, root } = anchor.value;
  const known =
    held !== undefined && !forgetsNumbers(held.root, readRoots(newRoots)) ? held : undefined;
  const offeredTimestamp = parseTimestamp(offered.timestamp);
  if (!offeredTimestamp.ok) return refuse('malformed', offeredTimestamp.error);
  const isEqual = known?.timestamp.signed.version === offeredTimestamp.value.signed.version;
  const timestamp = isEqual ? known.timestamp : offeredTimestamp.value;

  const snapshot = named('snapshot', timestamp.signed.snapshotMeta, [
    offered.snapshot,
    held?.files.snapshot,
  ]);
  if (!snapshot.ok) return snapshot;
  const parsed = parseSnapshot(snapshot.value);
  if (!parsed.ok) return refuse('malformed', parsed.error);
  const targets = named('targets', parsed.value.signed.meta['targets.json'], [
    offered.targets,
    held?.files.targets,
  ]);
  if (!targets.ok) return targets;
  const list = readTargetList(targets.value);
  if (!list.ok) return refuse('malformed', list.error);
  return ok({
    trustedRoots,
    update: {
      trusted: { root, ...seeds(known, snapshot.value) },
      newRoots,
      timestamp: isEqual ? known.files.timestamp : offered.timestamp,
      snapshot: snapshot.value,
      targets: targets.value,
    },
    delegated: delegatedAtHand(parsed.value, offered, held),
    contents: new Map([...(held?.files.contents ?? []), ...byHash(offered.contents)]),
    isHeld: isEqual && newRoots.length === 0,
  });
}

interface Anchor {
  readonly trustedRoots: readonly Uint8Array[];
  /** The newest of them. */
  readonly root: Uint8Array;
  readonly newRoots: readonly Uint8Array[];
}

/** TUF section 5.2, first contact: the root that was named over another channel is the anchor. */
function pinnedRoots(
  pinnedRootSha256: string | undefined,
  { roots }: TrustOffer,
): Result<Anchor, TrustRefusal> {
  const at = roots.findIndex((root) => sha256Hex(root) === pinnedRootSha256);
  const root = roots[at];
  if (root === undefined) {
    return refuse(
      'pinned-root-missing',
      `no root of the offer has the SHA-256 ${pinnedRootSha256}`,
    );
  }
  return ok({ trustedRoots: [root], root, newRoots: roots.slice(at + 1) });
}

/** Roots that are known already are passed over; whether the rest follows on is TUF's to judge. */
function knownRoots(held: Repository, offered: TrustOffer): Result<Anchor, TrustRefusal> {
  const trustedRoots = held.files.roots;
  const root = trustedRoots.at(-1);
  if (root === undefined) return refuse('malformed', 'no root is held');
  const newRoots: Uint8Array[] = [];
  for (const bytes of offered.roots) {
    const parsed = parseRoot(bytes);
    if (!parsed.ok) return refuse('malformed', parsed.error);
    if (parsed.value.signed.version > held.root.signed.version) newRoots.push(bytes);
  }
  return ok({ trustedRoots, root, newRoots });
}

/** Of each team's list the one that the snapshot names, if it is at hand; what is missing is found out later. */
function delegatedAtHand(
  { signed }: Metadata<Snapshot>,
  offered: TrustOffer,
  held: Repository | undefined,
): DelegatedFiles {
  const found = new Map<DelegatedRole, Uint8Array>();
  for (const [file, meta] of Object.entries(signed.meta)) {
    const role = roleOfFile(file);
    if (!role.ok || role.value === 'targets') continue;
    const { value } = role;
    const list = [offered.delegated.get(value), held?.files.delegated.get(value)].find(
      (bytes) => bytes !== undefined && isNamedBy(meta, bytes),
    );
    if (list !== undefined) found.set(value, list);
  }
  return found;
}

/** Of the files at hand the one that `meta` names by hash. */
function named(
  role: string,
  meta: MetaFile | undefined,
  files: readonly (Uint8Array | undefined)[],
): Result<Uint8Array, TrustRefusal> {
  const found = files.find((bytes) => bytes !== undefined && meta && isNamedBy(meta, bytes));
  return found === undefined
    ? refuse('mix-and-match', `the ${role} at hand is not the one that is named`)
    : ok(found);
}

/**
 * What the library compares an update with. It trusts a snapshot of its own at an equal version
 * without looking at the hash, so one that is to be replaced by another at its version is withheld.
 */
function seeds(known: Repository | undefined, snapshot: Uint8Array) {
  if (known === undefined) return {};
  const { timestamp, snapshot: own } = known.files;
  const next = parseSnapshot(snapshot);
  const isReplaced =
    next.ok &&
    next.value.signed.version === known.snapshot.signed.version &&
    Buffer.compare(own, snapshot) !== 0;
  return isReplaced ? { timestamp } : { timestamp, snapshot: own };
}
