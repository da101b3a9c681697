import { err, ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import type { PeerId } from '../../ports/index.ts';
import { MAX_NEW_ROOTS, MAX_TARGETS } from '../limits.ts';
import {
  type DelegatedFiles,
  listedTargets,
  parseRoot,
  type Repository,
  readTargetList,
  remembered,
  type TrustOffer,
} from '../repository/index.ts';
import {
  decodeContents,
  decodeMetadataAnswer,
  encodeContents,
  encodeMetadataAnswer,
  encodeRequest,
  type MetadataRequest,
  TRUST_PROTOCOL,
  type TrustRequest,
} from './messages.ts';
import { covers, type Standing, standingOf } from './standing.ts';

/** Asks one peer one thing on a protocol. Rejects when it does not answer in time. */
export type AskPeer = (peer: PeerId, protocol: string, request: Uint8Array) => Promise<Uint8Array>;

/** Names a fork in messages: the timestamp names the snapshot, and that all the rest. */
export const forkId = remembered(({ files }: Repository): string => sha256Hex(files.timestamp));

/**
 * The answer of a node to either kind of request. What is in force goes before the forks; one that the asker lacks is
 * enough, it asks again.
 */
export function answerRequest(
  held: Repository,
  forks: readonly Repository[],
  request: TrustRequest,
): Uint8Array {
  if (request.want === 'metadata') {
    const unknown = [held, ...forks].find((one) => isNews(one, request));
    return encodeMetadataAnswer(
      unknown === undefined ? undefined : offerBeyond(unknown, request.have),
    );
  }
  const find = (sha256: string) =>
    [held, ...forks].map(({ files }) => files.contents.get(sha256)).find(Boolean) ?? [];
  return encodeContents([...new Set(request.hashes)].flatMap(find)); // each once, however often it is asked for
}

const isNews = (one: Repository, { have, forks }: MetadataRequest): boolean =>
  !covers(have, standingOf(one)) && !forks.includes(forkId(one));

/** All of a repository that one who has `have` lacks; contents as far as their lists tell since when they are new. */
function offerBeyond({ files, root, lists }: Repository, have: Standing): TrustOffer {
  const isKnown = (bytes: Uint8Array, sha256 = ''): boolean => sha256Hex(bytes) === sha256;
  const roots = rootsAfter(files.roots, Math.min(have.root.version, root.signed.version - 1));
  const delegated: DelegatedFiles = new Map(
    [...files.delegated].filter(([role, bytes]) => !isKnown(bytes, have.lists.get(role)?.sha256)),
  );
  const hashes = [...lists].flatMap(([role, list]) => {
    const known = have.lists.get(role)?.version ?? 0;
    return listedTargets(list).flatMap(({ sha256, since = 0 }) => (since > known ? sha256 : []));
  });
  return {
    roots: roots.slice(0, MAX_NEW_ROOTS), // at least its newest one, for two of one version to be noticed
    timestamp: files.timestamp,
    ...(isKnown(files.snapshot, have.snapshot.sha256) ? {} : { snapshot: files.snapshot }),
    ...(isKnown(files.targets, have.lists.get('targets')?.sha256)
      ? {}
      : { targets: files.targets }),
    delegated,
    contents: [...new Set(hashes)].flatMap((sha256) => files.contents.get(sha256) ?? []),
  };
}

/** Roots come in order and without gaps, so the first one's version tells all of them. */
export function rootsAfter(roots: readonly Uint8Array[], version: number): readonly Uint8Array[] {
  const [first] = roots;
  const parsed = first === undefined ? err('none') : parseRoot(first);
  return parsed.ok ? roots.slice(Math.max(0, version - parsed.value.signed.version + 1)) : [];
}

/**
 * Fetches from a peer what it has and this node lacks, in one exchange unless its lists hold back which contents are
 * new. Undefined when there is nothing. All of it is still to be verified.
 *
 * @throws what `ask` throws: the peer is gone or slow
 */
export async function fetchOffer(
  ask: AskPeer,
  peer: PeerId,
  held: Repository,
  forks: readonly Repository[],
): Promise<Result<TrustOffer | undefined, string>> {
  const asked = { want: 'metadata', have: standingOf(held), forks: forks.map(forkId) } as const;
  const answer = decodeMetadataAnswer(await ask(peer, TRUST_PROTOCOL, encodeRequest(asked)));
  if (!answer.ok || answer.value === undefined) return answer;
  const hashes = missingContents(answer.value, held);
  if (!hashes.ok) return hashes;
  if (hashes.value.length === 0) return answer;
  const wanted = encodeRequest({ want: 'contents', hashes: hashes.value });
  const contents = decodeContents(await ask(peer, TRUST_PROTOCOL, wanted));
  if (!contents.ok) return contents;
  return ok({ ...answer.value, contents: [...answer.value.contents, ...contents.value] });
}

/** What the offered lists name, and neither the offer nor this node has. The lists are counted before they are read. */
function missingContents(
  { targets, delegated, contents }: TrustOffer,
  held: Repository,
): Result<readonly string[], string> {
  const here = new Set([...held.files.contents.keys(), ...contents.map(sha256Hex)]);
  const missing = new Set<string>();
  for (const list of [...(targets === undefined ? [] : [targets]), ...delegated.values()]) {
    const read = readTargetList(list);
    if (!read.ok) return read;
    for (const sha256 of read.value) if (!here.has(sha256)) missing.add(sha256);
    if (missing.size > MAX_TARGETS) return err(`more than ${MAX_TARGETS} contents are listed`);
  }
  return ok([...missing]);
}
