import {
  Metadata,
  MetadataKind,
  MetaFile,
  type Root,
  Signature,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { err, ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import {
  MAX_ROOT_BYTES,
  MAX_SNAPSHOT_BYTES,
  MAX_TARGETS_BYTES,
  MAX_TIMESTAMP_BYTES,
  MAX_VERSION,
} from '../limits.ts';
import type { DelegatedRole, TargetsRole } from './roles.ts';
import { readTargetList } from './target-list.ts';
import { decodeUtf8 } from './utf8.ts';

/** The signed documents of a trust repository (TUF section 4). */
export type TrustMetadata =
  | Metadata<Root>
  | Metadata<Targets>
  | Metadata<Snapshot>
  | Metadata<Timestamp>;

/** The version of TUF that the library implements: written into each document. */
export const SPEC_VERSION = '1.0.31';

type Json = Parameters<typeof Metadata.fromJSON>[1];

export const parseRoot = (bytes: Uint8Array): Result<Metadata<Root>, string> =>
  parse('root', bytes, MAX_ROOT_BYTES, (json) => Metadata.fromJSON(MetadataKind.Root, json));

/** Counts before it reads: a list that is too long never reaches the library (see MAX_TARGETS). */
export function parseTargets(
  bytes: Uint8Array,
  role: TargetsRole = 'targets',
): Result<Metadata<Targets>, string> {
  const list = readTargetList(bytes);
  if (!list.ok) return list;
  return parse(role, bytes, MAX_TARGETS_BYTES, (json) =>
    Metadata.fromJSON(MetadataKind.Targets, json),
  );
}

export const parseSnapshot = (bytes: Uint8Array): Result<Metadata<Snapshot>, string> =>
  parse('snapshot', bytes, MAX_SNAPSHOT_BYTES, (json) =>
    Metadata.fromJSON(MetadataKind.Snapshot, json),
  );

export const parseTimestamp = (bytes: Uint8Array): Result<Metadata<Timestamp>, string> =>
  parse('timestamp', bytes, MAX_TIMESTAMP_BYTES, (json) =>
    Metadata.fromJSON(MetadataKind.Timestamp, json),
  );

/** Reads the shape only: nothing here is to be believed before its signatures are checked. */
function parse<T extends TrustMetadata>(
  role: string,
  bytes: Uint8Array,
  maxBytes: number,
  fromJson: (json: Json) => T,
): Result<T, string> {
  if (bytes.length > maxBytes) {
    return err(`${role} has ${bytes.length} bytes; at most ${maxBytes} are read`);
  }
  let metadata: T;
  try {
    metadata = fromJson(JSON.parse(decodeUtf8(bytes)));
  } catch (cause) {
    return err(`${role} is malformed: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const { version } = metadata.signed;
  if (!Number.isInteger(version) || version < 1 || version > MAX_VERSION) {
    return err(`${role} has the version ${version}; versions go from 1 to ${MAX_VERSION}`);
  }
  return ok(metadata);
}

export const encodeMetadata = (metadata: TrustMetadata): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(metadata.toJSON()));

/** The part that is signed, in TUF's canonical JSON: what signatures are over. */
export function canonicalOf(metadata: TrustMetadata): Uint8Array {
  let canonical: Uint8Array = new Uint8Array();
  new Metadata(metadata.signed).sign((bytes) => {
    canonical = bytes;
    return new Signature({ keyID: '', sig: '' });
  });
  return canonical;
}

/** A file of metadata from its signed part in canonical JSON and signatures over it. */
export const encodeSigned = (
  signed: Uint8Array,
  signatures: readonly { readonly keyid: string; readonly sig: string }[],
): Uint8Array =>
  new TextEncoder().encode(
    `{"signatures":${JSON.stringify(signatures)},"signed":${new TextDecoder().decode(signed)}}`,
  );

/** Does `metadata` carry the signatures that `delegator` asks for `role`? A key counts once. */
export function isSignedFor(
  delegator: Metadata<Root> | Metadata<Targets>,
  role: MetadataKind | DelegatedRole,
  metadata: TrustMetadata,
): boolean {
  try {
    delegator.verifyDelegate(role, metadata);
    return true;
  } catch {
    return false; // throwing is how the library says "too few signatures"
  }
}

/** How one file of metadata names another: by version, length and SHA-256 (TUF section 4.4). */
export const metaFileOf = (bytes: Uint8Array, version: number): MetaFile =>
  new MetaFile({ version, length: bytes.length, hashes: { sha256: sha256Hex(bytes) } });

/** Is `bytes` what `meta` names? Without a SHA-256 nothing is: ours always list one. */
export const isNamedBy = (meta: MetaFile, bytes: Uint8Array): boolean =>
  meta.length === bytes.length && meta.hashes?.sha256 === sha256Hex(bytes);

/** TUF section 4.3: a date is UTC with whole seconds. */
export const tufDate = (atMs: number): string =>
  new Date(atMs).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Where the time of publication stands: TUF lets applications add signed fields (section 4.1). */
export const PUBLISHED_FIELD = 'x-selvage-published';

/** When an authority published the last change, in milliseconds since 1970, if the snapshot says so. */
export function publishedAtOf({ signed }: Metadata<Snapshot>): number | undefined {
  const at = signed.unrecognizedFields[PUBLISHED_FIELD];
  return typeof at === 'number' && Number.isSafeInteger(at) && at >= 0 ? at : undefined;
}

export const expiryMs = ({ signed }: TrustMetadata): number => Date.parse(signed.expires);
