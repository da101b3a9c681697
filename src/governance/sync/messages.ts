import { encode } from '@ipld/dag-cbor';
import { z } from 'zod';
import { ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import type { GovernanceErrorCode } from '../errors.ts';
import { MAX_TARGETS, MAX_VERSION } from '../limits.ts';
import {
  decodeAs,
  decodeOffer,
  encodeOffer,
  type Repository,
  type TrustOffer,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';

/** Who adopted something newer says so here. */
export const TRUST_TOPIC = 'selvage/trust/1';
/** Where a peer's repository is asked for: metadata first, then the contents that are missing. */
export const TRUST_PROTOCOL = '/selvage/trust/1';
/** Where an authority takes a signed change. */
export const PUBLISH_PROTOCOL = '/selvage/publish/1';

const MAX_ANNOUNCEMENT_BYTES = 1_024;
const MAX_REQUEST_BYTES = 1_024 + MAX_TARGETS * 80; // a hash in hex and its frame, for each target
const MAX_MESSAGE_CHARS = 1_000;

const version = z.int().min(1).max(MAX_VERSION);
const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** What is in force somewhere, in short. */
const versions = z.strictObject({
  v: z.literal(1),
  root: version,
  targets: version,
  timestamp: version,
  digest: hash,
});
export type TrustVersions = Omit<z.output<typeof versions>, 'v'>;

export const versionsOf = ({ root, timestamp }: Repository, set: TrustSet): TrustVersions => ({
  root: root.signed.version,
  targets: set.version,
  timestamp: timestamp.signed.version,
  digest: set.digest,
});

/** A newer root counts first: it may let the other numbers start anew (TUF section 5.3.11). */
export const isNewer = (theirs: TrustVersions, ours: TrustVersions): boolean =>
  theirs.root !== ours.root ? theirs.root > ours.root : theirs.timestamp > ours.timestamp;

export const encodeAnnouncement = (announced: TrustVersions): Uint8Array =>
  encode({ v: 1, ...announced });

export const decodeAnnouncement = (bytes: Uint8Array): Result<TrustVersions, string> =>
  decodeAs(versions, bytes, 'an announcement', MAX_ANNOUNCEMENT_BYTES);

const request = z.discriminatedUnion('want', [
  z.strictObject({
    v: z.literal(1),
    want: z.literal('metadata'),
    root: version,
    timestamp: version,
    snapshot: hash,
    targets: hash,
  }),
  z.strictObject({
    v: z.literal(1),
    want: z.literal('contents'),
    hashes: z.array(hash).max(MAX_TARGETS),
  }),
]);
export type TrustRequest = z.output<typeof request>;
export type MetadataRequest = Extract<TrustRequest, { want: 'metadata' }>;

/** "Give me what is newer than this." */
export const metadataRequest = ({ files, root, timestamp }: Repository): MetadataRequest => ({
  v: 1,
  want: 'metadata',
  root: root.signed.version,
  timestamp: timestamp.signed.version,
  snapshot: sha256Hex(files.snapshot),
  targets: sha256Hex(files.targets),
});

export const encodeRequest = (asked: TrustRequest): Uint8Array => encode(asked);

export const decodeRequest = (bytes: Uint8Array): Result<TrustRequest, string> =>
  decodeAs(request, bytes, 'a request', MAX_REQUEST_BYTES);

/** An offer without contents, or no bytes at all: "nothing newer here". */
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
