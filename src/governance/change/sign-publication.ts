import { Metadata, Snapshot, Timestamp } from '@tufjs/models';
import {
  encodeMetadata,
  LIVES_MS,
  metaFileOf,
  SPEC_VERSION,
  sign,
  type TrustFiles,
  type TrustSigner,
  tufDate,
} from '../repository/index.ts';

interface Publication {
  readonly roots: readonly Uint8Array[];
  readonly targets: { readonly bytes: Uint8Array; readonly version: number };
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly versions: { readonly snapshot: number; readonly timestamp: number };
  /** Of the timestamp: how long nodes take what is in force for fresh, milliseconds. */
  readonly maxStalenessMs: number;
  readonly online: TrustSigner;
  readonly now: number;
}

/** Signs the snapshot that names these targets, and the timestamp that names the snapshot. */
export function signPublication(publication: Publication): TrustFiles {
  const { roots, targets, contents, versions, maxStalenessMs, online, now } = publication;
  const metadata = new Metadata(
    new Snapshot({
      version: versions.snapshot,
      specVersion: SPEC_VERSION,
      expires: tufDate(now + LIVES_MS.snapshot),
      meta: { 'targets.json': metaFileOf(targets.bytes, targets.version) },
    }),
  );
  sign(metadata, online);
  const snapshot = encodeMetadata(metadata);
  const timestamp = signTimestamp({ snapshot, versions, maxStalenessMs, online, now });
  return { roots, targets: targets.bytes, snapshot, timestamp, contents };
}

/** A timestamp (TUF section 4.6) over a snapshot that is signed already. */
export function signTimestamp(params: {
  readonly snapshot: Uint8Array;
  readonly versions: { readonly snapshot: number; readonly timestamp: number };
  readonly maxStalenessMs: number;
  readonly online: TrustSigner;
  readonly now: number;
}): Uint8Array {
  const { snapshot, versions, maxStalenessMs, online, now } = params;
  const timestamp = new Metadata(
    new Timestamp({
      version: versions.timestamp,
      specVersion: SPEC_VERSION,
      expires: tufDate(now + maxStalenessMs),
      snapshotMeta: metaFileOf(snapshot, versions.snapshot),
    }),
  );
  sign(timestamp, online);
  return encodeMetadata(timestamp);
}
