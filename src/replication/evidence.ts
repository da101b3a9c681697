import * as dagCbor from '@ipld/dag-cbor';
import type { NodeName } from '../core/index.ts';
import type { EpochMs, Gauge, Log, Meter, Space } from '../ports/index.ts';
import { EVIDENCE_LIFE_MS, MAX_EVIDENCE, MAX_EVIDENCE_PER_WRITER } from './limits.ts';
import {
  compareSequence,
  type RecordHead,
  type RecordId,
  type Sequence,
  supersedes,
  writerOf,
} from './record.ts';
import type { ReadClaim, RecordClaim } from './record-verification.ts';
import { type Place, placeOf } from './subtree.ts';

/** Two records of one writer under one sequence: both signed, so it cannot be denied. */
export interface Evidence {
  readonly id: RecordId;
  readonly writer: NodeName;
  readonly sequence: Sequence;
  readonly seenAt: EpochMs;
}

/** Both records as they travel, the one with the larger payload hash, which holds, first. */
export type EvidencePair = readonly [holds: Uint8Array, other: Uint8Array];

/** Do these two say different things under one sequence? */
export const contradict = (a: RecordHead, b: RecordHead): boolean =>
  a.id === b.id && a.hash !== b.hash && compareSequence(a.sequence, b.sequence) === 0;

const NONE: readonly Evidence[] = [];

interface Entry {
  readonly evidence: Evidence;
  readonly place: Place;
  readonly endsAt: EpochMs;
}

export interface EvidenceBookOptions {
  readonly disk: Space;
  readonly read: ReadClaim;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * Which writers were caught saying two things under one sequence: durable, the first lie under each name, a bounded
 * number of each writer and of all. The records themselves, 128 MiB at most, are on disk alone. Of too many, those stay whose names' places are first: so all members keep the
 * same ones, in whatever order they heard of them.
 */
export class EvidenceBook {
  readonly #disk: Space;
  readonly #entries = new Map<RecordId, Entry>();
  readonly #count: Gauge<never>;
  #news: readonly Evidence[] = NONE;
  #all: readonly Evidence[] | undefined;

  constructor({ disk, read, log, meter }: EvidenceBookOptions) {
    this.#disk = disk;
    this.#count = meter.gauge({
      name: 'selvage_evidence',
      help: 'Records of which two versions under one sequence were seen: their writers lie, or run twice',
      labels: [],
    });
    for (const [id, bytes] of disk.entries()) {
      const entry = readEntry(bytes, read);
      if (entry?.evidence.id === id) this.#entries.set(id, entry);
      else log.warn('stored evidence cannot be read', { record: id });
    }
    this.#changed();
  }

  has(id: RecordId): boolean {
    return this.#entries.has(id);
  }

  /** Does one more of this writer put another out? */
  isFull(writer: NodeName): boolean {
    return this.#lastBeyondRoomFor(writer) !== undefined;
  }

  /** In the order of their ids; the same list until there is more or less of it. */
  all(): readonly Evidence[] {
    this.#all ??= [...this.#entries.values()]
      .map(({ evidence }) => evidence)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return this.#all;
  }

  /** The records that prove it; undefined when there is no such evidence, or it rotted on disk. */
  pairOf(id: RecordId): EvidencePair | undefined {
    const bytes = this.#entries.has(id) ? this.#disk.get(id) : undefined;
    return bytes === undefined ? undefined : decode(bytes)?.pair;
  }

  /** Would evidence against this record be news, and is there room for it? */
  wants({ id, content }: RecordClaim['record'], now: EpochMs): boolean {
    return endOf(content) > now && this.hasRoom(id);
  }

  /** Would evidence under this name be news, and be kept? */
  hasRoom(id: RecordId): boolean {
    if (this.#entries.has(id)) return false;
    const last = this.#lastBeyondRoomFor(writerOf(id));
    return last === undefined || placeOf(id) < last.place;
  }

  /** Keeps two verified records that {@link contradict} each other and are wanted. Durable when it returns. */
  add(a: RecordClaim, b: RecordClaim, now: EpochMs): void {
    const entry = entryOf(a, b, now);
    const { id, writer } = entry.evidence;
    const last = this.#lastBeyondRoomFor(writer);
    if (last !== undefined) this.#forget(last.evidence.id);
    try {
      this.#disk.put(id, dagCbor.encode([...pairOf(a, b), now]));
    } catch (error) {
      if (this.#disk.get(id) !== undefined) this.#keep(entry); // it failed, and is there
      throw error;
    }
    this.#keep(entry);
  }

  /** What has to go for one more of a writer: of its own or of all, the one whose place is last. */
  #lastBeyondRoomFor(writer: NodeName): Entry | undefined {
    const all = [...this.#entries.values()];
    const own = all.filter(({ evidence }) => evidence.writer === writer);
    if (own.length >= MAX_EVIDENCE_PER_WRITER) return lastOf(own);
    return all.length >= MAX_EVIDENCE ? lastOf(all) : undefined;
  }

  /** What was added since this was last asked. */
  takeNews(): readonly Evidence[] {
    const news = this.#news;
    this.#news = NONE;
    return news;
  }

  /** Forgets what is too old to matter. */
  sweep(now: EpochMs): void {
    for (const [id, { endsAt }] of this.#entries) {
      if (endsAt <= now) this.#forget(id);
    }
  }

  #forget(id: RecordId): void {
    this.#entries.delete(id);
    this.#changed();
    this.#disk.delete(id); // after a restart again, should it fail now
  }

  #keep(entry: Entry): void {
    this.#entries.set(entry.evidence.id, entry);
    this.#news = [...this.#news, entry.evidence];
    this.#changed();
  }

  #changed(): void {
    this.#all = undefined;
    this.#count.set({}, this.#entries.size);
  }
}

const lastOf = (entries: readonly Entry[]): Entry | undefined =>
  entries.reduce((last, entry) => (entry.place > last.place ? entry : last));

const endOf = ({ expiresAt }: { readonly expiresAt: EpochMs }): EpochMs =>
  expiresAt + EVIDENCE_LIFE_MS;

function entryOf(a: RecordClaim, b: RecordClaim, seenAt: EpochMs): Entry {
  const { id, place, content, sequence } = a.record;
  const evidence = { id, writer: content.writer, sequence, seenAt };
  return { evidence, place, endsAt: Math.min(endOf(content), endOf(b.record.content)) };
}

const pairOf = (a: RecordClaim, b: RecordClaim): EvidencePair =>
  supersedes(a.record, b.record) ? [a.bytes, b.bytes] : [b.bytes, a.bytes];

function readEntry(bytes: Uint8Array, read: ReadClaim): Entry | undefined {
  const stored = decode(bytes);
  if (stored === undefined) return undefined;
  const { pair, seenAt } = stored;
  const [one, other] = [read(pair[0]), read(pair[1])];
  if (!one.ok || !other.ok || !contradict(one.value.record, other.value.record)) return undefined;
  return entryOf(one.value, other.value, seenAt);
}

/** Undefined for what rotted. */
function decode(
  bytes: Uint8Array,
): { readonly pair: EvidencePair; readonly seenAt: EpochMs } | undefined {
  let parts: unknown;
  try {
    parts = dagCbor.decode(bytes);
  } catch {
    return undefined; // the caller says so
  }
  if (!Array.isArray(parts)) return undefined;
  const [a, b, seenAt]: unknown[] = parts;
  const isWhole = a instanceof Uint8Array && b instanceof Uint8Array && typeof seenAt === 'number';
  return isWhole ? { pair: [a, b], seenAt } : undefined;
}
