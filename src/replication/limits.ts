/** One record with its signature and credential, as it travels. */
export const MAX_RECORD_BYTES = 64 * 1024;
/** Values, keys, lists and maps in a record, at any depth: 64 KiB of empty lists would take 4 ms to decode, and 5 MB. */
export const MAX_RECORD_ITEMS = 4_096;
/** Long enough to outlive a night without contact; refreshed at half of it. */
export const RECORD_LIFE_MS = 24 * 60 * 60 * 1_000;
/** How often a node may start under one key: members say it in four bytes. */
export const MAX_BOOT = 0xffff_fffe;
/** How far another member's clock may be ahead of ours. */
export const CLOCK_TOLERANCE_MS = 60_000;
/** How far this host's clock may be from the members' median, either way, before this node says nothing. */
export const MAX_CLOCK_OFFSET_MS = 5 * 60_000;

/**
 * For how long a withdrawal holds, though its credential should end before: what it took back was said before it,
 * and with a clock that was ahead by no more than others tolerate and is behind by no more than this node does.
 */
export const WITHDRAWAL_LIFE_MS = RECORD_LIFE_MS + CLOCK_TOLERANCE_MS + MAX_CLOCK_OFFSET_MS;

/** What one writer may occupy on each node: 4,096 workloads on one host. */
export const MAX_RECORDS_PER_WRITER = 4_096;
export const MAX_BYTES_PER_WRITER = 8 * 1024 * 1024;
/** How often one writer may change what it says, beside each of its records once: 60 workloads, ten times each. As many bytes as so many average records have: 20 KB a second. */
export const MAX_CHANGES_PER_MINUTE = 600;
/** What all records together may occupy: about 1,000 nodes with 60 workloads each. */
export const MAX_RECORDS = 65_536;
export const MAX_BYTES = 256 * 1024 * 1024;

export interface RecordLimits {
  readonly recordsPerWriter: number;
  readonly bytesPerWriter: number;
  readonly changesPerMinute: number;
  readonly records: number;
  readonly bytes: number;
}

export const DEFAULT_LIMITS: RecordLimits = {
  recordsPerWriter: MAX_RECORDS_PER_WRITER,
  bytesPerWriter: MAX_BYTES_PER_WRITER,
  changesPerMinute: MAX_CHANGES_PER_MINUTE,
  records: MAX_RECORDS,
  bytes: MAX_BYTES,
};

/** Pairs that prove a lie, of one writer and of all: each is at most two records. */
export const MAX_EVIDENCE_PER_WRITER = 16;
export const MAX_EVIDENCE = 1_024;
/** How long a proven lie is kept after the records that prove it have ended: a week, for people to look. */
export const EVIDENCE_LIFE_MS = 7 * 24 * 60 * 60 * 1_000;
