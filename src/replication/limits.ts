/** One record with its signature and credential, as it travels. */
export const MAX_RECORD_BYTES = 64 * 1024;
/** Long enough to outlive a night without contact; refreshed at half of it. */
export const RECORD_LIFE_MS = 24 * 60 * 60 * 1_000;
/** How far another member's clock may be ahead of ours. */
export const CLOCK_TOLERANCE_MS = 60_000;

/** What one writer may occupy on each node: 4,096 workloads on one host. */
export const MAX_RECORDS_PER_WRITER = 4_096;
export const MAX_BYTES_PER_WRITER = 8 * 1024 * 1024;
/** What all records together may occupy: about 1,000 nodes with 60 workloads each. */
export const MAX_RECORDS = 65_536;
export const MAX_BYTES = 256 * 1024 * 1024;

export interface RecordLimits {
  readonly recordsPerWriter: number;
  readonly bytesPerWriter: number;
  readonly records: number;
  readonly bytes: number;
}

export const DEFAULT_LIMITS: RecordLimits = {
  recordsPerWriter: MAX_RECORDS_PER_WRITER,
  bytesPerWriter: MAX_BYTES_PER_WRITER,
  records: MAX_RECORDS,
  bytes: MAX_BYTES,
};
