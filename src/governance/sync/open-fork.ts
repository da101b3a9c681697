import { ok, type Result } from '../../core/index.ts';
import {
  byHash,
  fileOf,
  isNamedBy,
  openRepository,
  openRoots,
  parseRoot,
  parseSnapshot,
  parseTimestamp,
  type Repository,
  refuse,
  roleOfFile,
  type TrustOffer,
  type TrustRefusal,
} from '../repository/index.ts';
import { isSameContent } from './same-content.ts';

/** Why a repository that cannot be followed is none that could be merged either. */
export type ForkRefusal = TrustRefusal | { readonly reason: 'two-roots'; readonly detail: string };

/**
 * Opens an offer as its own authority signed it, whatever its numbers are and how old it is: what `held` cannot
 * follow, an authority can still merge. Only its roots must be those of `held`, fewer or more.
 */
export function openFork(held: Repository, offered: TrustOffer): Result<Repository, ForkRefusal> {
  const roots = chainOf(held, offered);
  if (!roots.ok) return roots;
  const timestamp = parseTimestamp(offered.timestamp);
  if (!timestamp.ok) return refuse('malformed', timestamp.error);
  const named = timestamp.value.signed.snapshotMeta;
  const snapshot = [offered.snapshot, held.files.snapshot].find(
    (bytes) => bytes !== undefined && isNamedBy(named, bytes),
  );
  if (snapshot === undefined) return refuse('mix-and-match', 'the snapshot is not the one named');
  const parsed = parseSnapshot(snapshot);
  if (!parsed.ok) return refuse('malformed', parsed.error);
  const lists = listsNamedBy(parsed.value.signed.meta, held, offered);
  const targets = lists.get(fileOf('targets'));
  if (targets === undefined) return refuse('mix-and-match', 'the targets are not those named');
  return openRepository({
    roots: roots.value,
    timestamp: offered.timestamp,
    snapshot,
    targets,
    delegated: new Map(
      [...lists].flatMap(([file, bytes]) => {
        const role = roleOfFile(file);
        return role.ok && role.value !== 'targets' ? [[role.value, bytes] as const] : [];
      }),
    ),
    contents: new Map([...held.files.contents, ...byHash(offered.contents)]),
  });
}

/** By name of file: of the lists at hand those that the snapshot names. */
function listsNamedBy(
  meta: Readonly<Record<string, Parameters<typeof isNamedBy>[0]>>,
  { files }: Repository,
  offered: TrustOffer,
): ReadonlyMap<string, Uint8Array> {
  const ofRole = (from: Pick<TrustOffer, 'targets' | 'delegated'>, file: string) => {
    const role = roleOfFile(file);
    if (!role.ok) return undefined;
    return role.value === 'targets' ? from.targets : from.delegated.get(role.value);
  };
  const found = new Map<string, Uint8Array>();
  for (const [file, named] of Object.entries(meta)) {
    const list = [ofRole(offered, file), ofRole(files, file)].find(
      (bytes) => bytes !== undefined && isNamedBy(named, bytes),
    );
    if (list !== undefined) found.set(file, list);
  }
  return found;
}

/** The roots up to the newest one of an offer, which names it in any case; and whether they are those of `held`. */
export function chainOf(
  { files, root }: Repository,
  { roots }: TrustOffer,
): Result<readonly Uint8Array[], ForkRefusal> {
  const last = roots.at(-1);
  const newest = last === undefined ? undefined : parseRoot(last);
  if (last === undefined || !newest?.ok) return refuse('malformed', 'the offer names no root');
  const { version } = newest.value.signed;
  const own = files.roots.length - 1 - (root.signed.version - version);
  if (version > root.signed.version) return ok([...files.roots, ...newerThan(root, roots)]);
  const known = files.roots[own];
  const before = files.roots.slice(0, own);
  if (known === undefined)
    return refuse('rollback', `root ${version} is older than any known here`);
  if (isSameRoot(known, last)) return ok([...before, known]);
  const chain = openRoots([...before, last]);
  if (before.length === 0 || !chain.ok) {
    return refuse('wrong-signature', `root ${version} is another one, and not the governors’`);
  }
  const detail = `the governors have signed two roots of version ${version}`;
  return { ok: false, error: { reason: 'two-roots', detail } };
}

const newerThan = ({ signed }: Repository['root'], roots: readonly Uint8Array[]) =>
  roots.filter((bytes) => {
    const parsed = parseRoot(bytes);
    return !parsed.ok || parsed.value.signed.version > signed.version; // a malformed one fails to open
  });

function isSameRoot(a: Uint8Array, b: Uint8Array): boolean {
  const [one, other] = [parseRoot(a), parseRoot(b)];
  return one.ok && other.ok && isSameContent(one.value, other.value);
}
