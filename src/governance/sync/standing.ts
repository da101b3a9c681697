import { fileOf, type Repository, rootSaysSha256, type TargetsRole } from '../repository/index.ts';

/** One file as another one names it. */
export interface FileVersion {
  readonly version: number;
  /** Hex. */
  readonly sha256: string;
}

/** What a node has in force, in short: enough for another one to know who lacks what. */
export interface Standing {
  /** By the hash of its content: one root may be on its way with more signatures or fewer. */
  readonly root: FileVersion;
  readonly timestamp: number;
  readonly snapshot: FileVersion;
  /** Every list, the governors' among them. */
  readonly lists: ReadonlyMap<TargetsRole, FileVersion>;
}

/** Of an opened repository: the snapshot names each list by version and SHA-256 (TUF section 4.4). */
export function standingOf(repository: Repository): Standing {
  const known = standings.get(repository);
  if (known !== undefined) return known;
  const standing = readStanding(repository);
  standings.set(repository, standing);
  return standing;
}

/** It is asked for with each message. */
const standings = new WeakMap<Repository, Standing>();

function readStanding({ root, timestamp, snapshot, lists }: Repository): Standing {
  const versions = [...lists.keys()].map(
    (role) => [role, named(snapshot.signed.meta[fileOf(role)])] as const,
  );
  return {
    root: { version: root.signed.version, sha256: rootSaysSha256(root) },
    timestamp: timestamp.signed.version,
    snapshot: named(timestamp.signed.snapshotMeta),
    lists: new Map(versions),
  };
}

interface NamedFile {
  readonly version: number;
  readonly hashes?: Readonly<Record<string, string>> | undefined;
}

/** Opening a repository proved that each file is named with its SHA-256. */
const named = (meta: NamedFile | undefined): FileVersion => ({
  version: meta?.version ?? 0,
  sha256: meta?.hashes?.sha256 ?? '',
});

/**
 * Which of two files of one list stays: the higher version, and of two with one version the lower SHA-256. Enough
 * people signed both, so any order will do that all nodes share.
 */
export const beats = (a: FileVersion, b: FileVersion): boolean =>
  a.version === b.version ? a.sha256 < b.sha256 : a.version > b.version;

/**
 * Is there nothing in `theirs` for one who has `ours`? It may say no where a closer look says yes: whether keys were
 * taken out meanwhile is not seen from here. A list that only they have went out of force, or came with a governors'
 * list that is newer, too.
 */
export const covers = (ours: Standing, theirs: Standing): boolean =>
  (ours.root.version > theirs.root.version || ours.root.sha256 === theirs.root.sha256) &&
  ours.timestamp >= theirs.timestamp &&
  ours.snapshot.version >= theirs.snapshot.version &&
  [...theirs.lists].every(([role, list]) => {
    const own = ours.lists.get(role);
    return own === undefined || !beats(list, own);
  });
