import { type Metadata, MetadataKind, type MetaFile, type Root } from '@tufjs/models';
import {
  type DelegatedRole,
  delegationsOf,
  fileOf,
  forgetsNumbers,
  isSignedFor,
  type Lists,
  type Repository,
  readRoots,
  type TargetsRole,
} from '../repository/index.ts';
import { rootsAfter } from './offers.ts';
import { beats, type FileVersion, standingOf } from './standing.ts';

/** What several repositories come to together, before an authority signs it. */
export interface Merged {
  readonly roots: readonly Uint8Array[];
  readonly root: Metadata<Root>;
  /** The governors' list. */
  readonly governing: Repository['targets'];
  /** Every list, and below the files of them. */
  readonly lists: Lists;
  readonly targets: Uint8Array;
  readonly delegated: ReadonlyMap<DelegatedRole, Uint8Array>;
  /** Of all of them, listed or not. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** The highest numbers of snapshot and timestamp that count: a new publication goes above both. */
  readonly versions: { readonly snapshot: number; readonly timestamp: number };
  /** What their snapshots name, by file. */
  readonly named: Readonly<Record<string, MetaFile>>;
  /**
   * Lists whose version would fall somewhere, which no node accepts: the newer governors' list has other keys for
   * them, and the file with the higher version was signed by the earlier ones. Only its team can sign a higher one.
   */
  readonly lower: readonly TargetsRole[];
}

/** One list of one of the repositories. */
interface Candidate extends FileVersion {
  readonly bytes: Uint8Array;
  readonly metadata: Repository['targets'];
}

/**
 * The join of repositories that are opened and have one chain of roots: the newest root, and of each list the file
 * that {@link beats} the others among those that its signers, as they are now, have signed. So it does not matter in
 * which order, how often or where repositories are merged, and nothing gets in that is not signed.
 */
export function mergeRepositories(first: Repository, ...others: readonly Repository[]): Merged {
  const all = [first, ...others];
  const newest = highest(all, (a, b) => a.root.signed.version > b.root.signed.version);
  const { root } = newest;
  const targets = best(all, 'targets', (list) => isSignedFor(root, MetadataKind.Targets, list));
  const delegated = [...delegationsOf(targets.metadata).keys()].map((role) => {
    const isSigned = (list: Repository['targets']) => isSignedFor(targets.metadata, role, list);
    return [role, best(all, role, isSigned)] as const;
  });
  const lists = new Map<TargetsRole, Candidate>([['targets', targets], ...delegated]);
  const counting = all.filter((one) => !hasForgotten(one.root, newest.files.roots));
  const named = namedBy(counting);
  return {
    roots: newest.files.roots,
    root,
    governing: targets.metadata,
    lists: new Map([...lists].map(([role, { metadata }]) => [role, metadata])),
    targets: targets.bytes,
    delegated: new Map(delegated.map(([role, { bytes }]) => [role, bytes])),
    contents: new Map(all.flatMap(({ files }) => [...files.contents])),
    versions: {
      snapshot: Math.max(...counting.map(({ snapshot }) => snapshot.signed.version)),
      timestamp: Math.max(...counting.map(({ timestamp }) => timestamp.signed.version)),
    },
    named,
    lower: [...lists].flatMap(([role, { version }]) =>
      version < (named[fileOf(role)]?.version ?? 0) ? [role] : [],
    ),
  };
}

/** Is `repository` already what the merge comes to, so that nobody needs to sign anything? */
export function isMerged({ files, ...repository }: Repository, merged: Merged): boolean {
  const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
    a !== undefined && Buffer.compare(a, b) === 0;
  return (
    repository.root.signed.version === merged.root.signed.version &&
    repository.snapshot.signed.version >= merged.versions.snapshot &&
    repository.timestamp.signed.version >= merged.versions.timestamp &&
    isSame(files.targets, merged.targets) &&
    [...merged.delegated].every(([role, bytes]) => isSame(files.delegated.get(role), bytes))
  );
}

/** Do numbers from under `known` count no more under the newest of `roots`? */
export const hasForgotten = (known: Metadata<Root>, roots: readonly Uint8Array[]): boolean =>
  forgetsNumbers(known, readRoots(rootsAfter(roots, known.signed.version)));

/** Never empty: whoever has the newest root, or the governors' list that stays, has each list that these ask for. */
function best(
  all: readonly Repository[],
  role: TargetsRole,
  isSigned: (list: Repository['targets']) => boolean,
): Candidate {
  const candidates = all.flatMap((repository) => listOf(repository, role));
  return highest(
    candidates.filter(({ metadata }) => isSigned(metadata)),
    beats,
  );
}

function listOf(repository: Repository, role: TargetsRole): Candidate[] {
  const { files, lists } = repository;
  const metadata = lists.get(role);
  const bytes = role === 'targets' ? files.targets : files.delegated.get(role);
  const version = standingOf(repository).lists.get(role);
  const isThere = metadata !== undefined && bytes !== undefined && version !== undefined;
  return isThere ? [{ ...version, bytes, metadata }] : [];
}

/** A file that was named once stays named, with a version that does not fall (TUF section 5.5.5). */
function namedBy(all: readonly Repository[]): Record<string, MetaFile> {
  const named: Record<string, MetaFile> = {};
  for (const [file, meta] of all.flatMap(({ snapshot }) => Object.entries(snapshot.signed.meta))) {
    if (meta.version > (named[file]?.version ?? 0)) named[file] = meta;
  }
  return named;
}

const highest = <T>(all: readonly T[], isAbove: (a: T, b: T) => boolean): T =>
  all.reduce((above, next) => (isAbove(next, above) ? next : above));
