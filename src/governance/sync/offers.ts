import { err, ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import type { PeerId } from '../../ports/index.ts';
import { MAX_NEW_ROOTS } from '../limits.ts';
import {
  parseRoot,
  type Repository,
  readTargetList,
  type TrustOffer,
} from '../repository/index.ts';
import {
  decodeContents,
  decodeMetadataAnswer,
  encodeContents,
  encodeMetadataAnswer,
  encodeRequest,
  type MetadataRequest,
  metadataRequest,
  TRUST_PROTOCOL,
  type TrustRequest,
} from './messages.ts';

/** Asks one peer one thing on a protocol. Rejects when it does not answer in time. */
export type AskPeer = (peer: PeerId, protocol: string, request: Uint8Array) => Promise<Uint8Array>;

/** The answer of a node that holds `held`, to either kind of request. */
export function answerRequest(held: Repository, request: TrustRequest): Uint8Array {
  if (request.want === 'metadata') return encodeMetadataAnswer(newerThan(held, request));
  return encodeContents(request.hashes.flatMap((sha256) => held.files.contents.get(sha256) ?? []));
}

/** Does the asker hold another set under the same numbers? Neither would ever take the other's. */
export const isSplit = ({ files, root, timestamp }: Repository, have: MetadataRequest): boolean =>
  root.signed.version === have.root &&
  timestamp.signed.version === have.timestamp &&
  sha256Hex(files.targets) !== have.targets;

function newerThan(
  { files, root, timestamp }: Repository,
  have: MetadataRequest,
): TrustOffer | undefined {
  const rootVersion = root.signed.version;
  const isNewer =
    have.root !== rootVersion ? rootVersion > have.root : timestamp.signed.version > have.timestamp;
  if (!isNewer) return undefined;
  return {
    roots: rootsAfter(files.roots, have.root).slice(0, MAX_NEW_ROOTS),
    timestamp: files.timestamp,
    ...(sha256Hex(files.snapshot) === have.snapshot ? {} : { snapshot: files.snapshot }),
    ...(sha256Hex(files.targets) === have.targets ? {} : { targets: files.targets }),
    delegated: files.delegated,
    contents: [],
  };
}

/** Roots come in order and without gaps, so the first one's version tells all of them. */
export function rootsAfter(roots: readonly Uint8Array[], version: number): readonly Uint8Array[] {
  const [first] = roots;
  const parsed = first === undefined ? err('none') : parseRoot(first);
  return parsed.ok ? roots.slice(Math.max(0, version - parsed.value.signed.version + 1)) : [];
}

/**
 * Fetches from a peer what it has and `held` lacks: its metadata, then the contents that these list
 * and that are not here. Undefined when it has nothing newer. All of it is still to be verified.
 *
 * @throws what `ask` throws: the peer is gone or slow
 */
export async function fetchOffer(
  ask: AskPeer,
  peer: PeerId,
  held: Repository,
): Promise<Result<TrustOffer | undefined, string>> {
  const asked = encodeRequest(metadataRequest(held));
  const answer = decodeMetadataAnswer(await ask(peer, TRUST_PROTOCOL, asked));
  if (!answer.ok || answer.value === undefined || answer.value.targets === undefined) return answer;
  const listed = readTargetList(answer.value.targets);
  if (!listed.ok) return listed;
  const hashes = [...new Set(listed.value)].filter((sha256) => !held.files.contents.has(sha256));
  if (hashes.length === 0) return answer;
  const wanted = encodeRequest({ v: 1, want: 'contents', hashes });
  const contents = decodeContents(await ask(peer, TRUST_PROTOCOL, wanted));
  return contents.ok ? ok({ ...answer.value, contents: contents.value }) : contents;
}
