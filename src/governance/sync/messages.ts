import { encode } from '@ipld/dag-cbor';
import { z } from 'zod';
import { ok, type Result } from '../../core/index.ts';
import type { GovernanceErrorCode } from '../errors.ts';
import { MAX_DELEGATIONS, MAX_TARGETS, MAX_VERSION } from '../limits.ts';
import {
  decodeAs,
  decodeOffer,
  encodeOffer,
  isRole,
  type TargetsRole,
  type TrustOffer,
} from '../repository/index.ts';
import type { Standing } from './standing.ts';

/** Who adopted something newer says so here. */
export const TRUST_TOPIC = 'selvage/trust/2';
/** Where a peer's repository is asked for: what is newer of it, then contents that are missing still. */
export const TRUST_PROTOCOL = '/selvage/trust/2';
/** Where an authority takes a signed change. */
export const PUBLISH_PROTOCOL = '/selvage/publish/2';

/** Repositories that a node knows of beside the one in force; an announcement names them all. */
export const MAX_FORKS = 4;

const MAX_ANNOUNCEMENT_BYTES = 1_024;
/** A hash in hex and its frame for each target; lists are far fewer. */
const MAX_REQUEST_BYTES = 16_384 + MAX_TARGETS * 80;
const MAX_MESSAGE_CHARS = 1_000;

const version = z.int().min(1).max(MAX_VERSION);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const hashes = z.array(hash).max(MAX_FORKS);

const announcement = z.strictObject({
  v: z.literal(2),
  root: version,
  timestamp: version,
  digest: hash,
  forks: hashes,
});
/**
 * What is in force somewhere, in short, and the {@link forkId}s of the forks that are known there. What is in short
 * enough for each member to hear it at each change says too little to compare all lists by.
 */
export type Announcement = Omit<z.output<typeof announcement>, 'v'>;

/** A newer root counts first: it may let the other numbers start anew (TUF section 5.3.11). */
export const isNewer = (
  theirs: Pick<Announcement, 'root' | 'timestamp'>,
  ours: Pick<Announcement, 'root' | 'timestamp'>,
): boolean =>
  theirs.root === ours.root ? theirs.timestamp > ours.timestamp : theirs.root > ours.root;

export const encodeAnnouncement = (announced: Announcement): Uint8Array =>
  encode({ v: 2, ...announced });

export const decodeAnnouncement = (bytes: Uint8Array): Result<Announcement, string> =>
  decodeAs(announcement, bytes, 'an announcement', MAX_ANNOUNCEMENT_BYTES);

const role = z.string().refine((text): text is TargetsRole => text !== 'root' && isRole(text));

const file = z.strictObject({ version, sha256: hash });

const request = z.discriminatedUnion('want', [
  z.strictObject({
    v: z.literal(2),
    want: z.literal('metadata'),
    root: file,
    timestamp: version,
    snapshot: file,
    lists: z.array(z.tuple([role, version, hash])).max(MAX_DELEGATIONS + 1),
    forks: hashes,
  }),
  z.strictObject({
    v: z.literal(2),
    want: z.literal('contents'),
    hashes: z.array(hash).max(MAX_TARGETS),
  }),
]);
/** "What do you have that this, and these forks, do not?" */
export interface MetadataRequest {
  readonly want: 'metadata';
  readonly have: Standing;
  readonly forks: readonly string[];
}
/** "Give me these." */
export interface ContentsRequest {
  readonly want: 'contents';
  /** SHA-256, hex. */
  readonly hashes: readonly string[];
}
export type TrustRequest = MetadataRequest | ContentsRequest;

export function encodeRequest(asked: TrustRequest): Uint8Array {
  if (asked.want === 'contents') return encode({ v: 2, ...asked });
  const { have, forks, want } = asked;
  const lists = [...have.lists].map(([name, list]) => [name, list.version, list.sha256]);
  return encode({ v: 2, want, ...have, lists, forks });
}

export function decodeRequest(bytes: Uint8Array): Result<TrustRequest, string> {
  const read = decodeAs(request, bytes, 'a request', MAX_REQUEST_BYTES);
  if (!read.ok) return read;
  if (read.value.want === 'contents') return ok({ want: 'contents', hashes: read.value.hashes });
  const { want, forks, lists, root, timestamp, snapshot } = read.value;
  const known = new Map(lists.map(([name, at, sha256]) => [name, { version: at, sha256 }]));
  return ok({ want, forks, have: { root, timestamp, snapshot, lists: known } });
}

/** An offer, or no bytes at all: "nothing here that you lack". */
export const encodeMetadataAnswer = (offered: TrustOffer | undefined): Uint8Array =>
  offered === undefined ? new Uint8Array() : encodeOffer(offered);

export const decodeMetadataAnswer = (bytes: Uint8Array): Result<TrustOffer | undefined, string> =>
  bytes.length === 0 ? ok(undefined) : decodeOffer(bytes);

const contents = z.strictObject({
  v: z.literal(1),
  contents: z.array(z.instanceof(Uint8Array)).max(MAX_TARGETS),
});

export const encodeContents = (found: readonly Uint8Array[]): Uint8Array =>
  encode({ v: 1, contents: found });

export function decodeContents(bytes: Uint8Array): Result<readonly Uint8Array[], string> {
  const read = decodeAs(contents, bytes, 'contents');
  return read.ok ? ok(read.value.contents) : read;
}

/** Refusals of an authority that a person is to see as they are. */
const PUBLISH_REFUSALS = [
  'CHANGE_OVERTAKEN',
  'CHANGE_REFUSED',
  'VERSIONS_EXHAUSTED',
  'NO_AUTHORITY_REACHABLE',
  'PUBLISH_BUSY',
] as const satisfies readonly GovernanceErrorCode[];
export type PublishRefusalCode = (typeof PUBLISH_REFUSALS)[number];

export const isPublishRefusal = (code: string): code is PublishRefusalCode =>
  PUBLISH_REFUSALS.some((known) => known === code);

const publishAnswer = z.discriminatedUnion('published', [
  z.strictObject({ v: z.literal(1), published: z.literal(true) }),
  z.strictObject({
    v: z.literal(1),
    published: z.literal(false),
    code: z.enum(PUBLISH_REFUSALS),
    message: z.string().max(MAX_MESSAGE_CHARS),
  }),
]);
export type PublishAnswer = z.output<typeof publishAnswer>;

export const encodePublishAnswer = (answer: PublishAnswer): Uint8Array =>
  encode(
    answer.published ? answer : { ...answer, message: answer.message.slice(0, MAX_MESSAGE_CHARS) },
  );

export const decodePublishAnswer = (bytes: Uint8Array): Result<PublishAnswer, string> =>
  decodeAs(publishAnswer, bytes, 'an answer', 4 * MAX_MESSAGE_CHARS + 1_024);
