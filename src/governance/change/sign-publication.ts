import { Metadata, type MetaFile, Snapshot, Timestamp } from '@tufjs/models';
import {
  encodeMetadata,
  fileOf,
  LIVES_MS,
  type Lists,
  metaFileOf,
  PUBLISHED_FIELD,
  SPEC_VERSION,
  sign,
  type TrustFiles,
  type TrustSigner,
  tufDate,
} from '../repository/index.ts';

interface Publication {
  /** Everything but snapshot and timestamp. */
  readonly files: Omit<TrustFiles, 'snapshot' | 'timestamp'>;
  /** The lists that the files hold. */
  readonly lists: Lists;
  /** What the snapshot before named: a file that was named once stays named (TUF section 5.5.5). */
  readonly named: Readonly<Record<string, MetaFile>>;
  readonly publishedAtMs: number | undefined;
  readonly versions: { readonly snapshot: number; readonly timestamp: number };
  /** Of the timestamp: how long nodes take what is in force for fresh, milliseconds. */
  readonly maxStalenessMs: number;
  readonly online: TrustSigner;
  readonly now: number;
}

/** Signs the snapshot that names these lists, and the timestamp that names the snapshot. */
export function signPublication(publication: Publication): TrustFiles {
  const { files, lists, named, publishedAtMs, versions, maxStalenessMs, online, now } = publication;
  const meta = new Map(Object.entries(named));
  for (const [role, { signed }] of lists) {
    const bytes = role === 'targets' ? files.targets : files.delegated.get(role);
    if (bytes !== undefined) meta.set(fileOf(role), metaFileOf(bytes, signed.version));
  }
  const metadata = new Metadata(
    new Snapshot({
      version: versions.snapshot,
      specVersion: SPEC_VERSION,
      expires: tufDate(now + LIVES_MS.snapshot),
      meta: Object.fromEntries(meta),
      ...(publishedAtMs === undefined
        ? {}
        : { unrecognizedFields: { [PUBLISHED_FIELD]: publishedAtMs } }),
    }),
  );
  sign(metadata, online);
  const snapshot = encodeMetadata(metadata);
  const timestamp = signTimestamp({ snapshot, versions, maxStalenessMs, online, now });
  return { ...files, snapshot, timestamp };
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
