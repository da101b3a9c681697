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
import { MAX_ROOT_BYTES, MAX_SNAPSHOT_BYTES, MAX_TIMESTAMP_BYTES, MAX_VERSION } from '../limits.ts';
import { remembered } from './remembered.ts';
import type { DelegatedRole } from './roles.ts';
import { readSignedJson } from './signed-json.ts';
import { readListJson } from './target-list.ts';
import { readTargets } from './targets-reading.ts';

/** The signed documents of a trust repository (TUF section 4). */
export type TrustMetadata =
  | Metadata<Root>
  | Metadata<Targets>
  | Metadata<Snapshot>
  | Metadata<Timestamp>;

/** The version of TUF that the library implements: written into each document. */
export const SPEC_VERSION = '1.0.31';

type Json = Parameters<typeof Metadata.fromJSON>[1];

/** Each of these reads the shape only: nothing is to be believed before its signatures are checked. */
export const parseRoot = remembered((bytes: Uint8Array) =>
  parse('root', bytes, MAX_ROOT_BYTES, (json) => Metadata.fromJSON(MetadataKind.Root, json)),
);

export const parseSnapshot = remembered((bytes: Uint8Array) =>
  parse('snapshot', bytes, MAX_SNAPSHOT_BYTES, (json) =>
    Metadata.fromJSON(MetadataKind.Snapshot, json),
  ),
);

export const parseTimestamp = remembered((bytes: Uint8Array) =>
  parse('timestamp', bytes, MAX_TIMESTAMP_BYTES, (json) =>
    Metadata.fromJSON(MetadataKind.Timestamp, json),
  ),
);

/** A list of targets: the governors' or a team's. */
export const parseTargets = remembered((bytes: Uint8Array) => {
  const list = readListJson(bytes);
  return list.ok ? reading('targets', () => readTargets(list.value)) : list;
});

function parse<T extends TrustMetadata>(
  role: string,
  bytes: Uint8Array,
  maxBytes: number,
  fromJson: (json: Json) => T,
): Result<T, string> {
  if (bytes.length > maxBytes) {
    return err(`${role} has ${bytes.length} bytes; at most ${maxBytes} are read`);
  }
  // It was parsed from JSON, so it is what the library calls JSON; what is no object it refuses.
  return reading(role, () => fromJson(readSignedJson(bytes) as Json));
}

function reading<T extends TrustMetadata>(role: string, read: () => T): Result<T, string> {
  let metadata: T;
  try {
    metadata = read();
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

type Delegator = Metadata<Root> | Metadata<Targets>;

/** What each delegator was found to have enough signatures under, by role. */
const found = remembered((_: Delegator) => new Map<string, WeakSet<TrustMetadata>>());

/**
 * Does `metadata` carry the signatures that `delegator` asks for `role`? A key counts once. What was
 * found good stays so: neither is ever changed after it was read.
 */
export function isSignedFor(
  delegator: Delegator,
  role: MetadataKind | DelegatedRole,
  metadata: TrustMetadata,
): boolean {
  const good = found(delegator).get(role) ?? new WeakSet();
  if (good.has(metadata)) return true;
  try {
    delegator.verifyDelegate(role, metadata);
  } catch {
    return false; // throwing is how the library says "too few signatures"
  }
  found(delegator).set(role, good.add(metadata));
  return true;
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
