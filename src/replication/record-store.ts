import * as dagCbor from '@ipld/dag-cbor';
import type { NodeName } from '../core/index.ts';
import type { Clock, Counter, EpochMs, Log, Meter, PeerId, Store } from '../ports/index.ts';
import { ReplicationError } from './errors.ts';
import { DEFAULT_LIMITS, type RecordLimits } from './limits.ts';
import { OwnRecords } from './own-records.ts';
import { Pen } from './pen.ts';
import {
  type RecordContent,
  type RecordHead,
  type RecordId,
  recordId,
  type SignedContent,
} from './record.ts';
import type { IndexedRecord, RecordIndex } from './record-index.ts';
import { indexed, RecordShelf } from './record-shelf.ts';
import {
  type RecordClaim,
  type Refusal,
  type RefusalReason,
  readClaim,
  verifyClaim,
} from './record-verification.ts';
import type { Writer, WriterCheck } from './writer.ts';

/** How long it is held against the clocks that a record was refused for its date, milliseconds. */
const CLOCK_DOUBT_MS = 60_000;

/** What became of a record that a peer sent. */
export type Acceptance =
  | { readonly outcome: 'stored' }
  | { readonly outcome: 'known' }
  | { readonly outcome: 'refused'; readonly reason: RefusalReason };

export interface RecordChange {
  readonly id: RecordId;
  readonly writer: NodeName;
  readonly kind: string;
  readonly key: string;
  /** Written by this node just now: to be told to the others. */
  readonly own: boolean;
}

export interface RecordStoreOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly writer: Writer;
  readonly check: WriterCheck;
  readonly limits?: RecordLimits;
}

/**
 * What every member says of itself, as far as this node knows: verified, unexpired, one record per
 * (writer, kind, key). Whatever it returned from is on disk.
 */
export class RecordStore {
  readonly #options: RecordStoreOptions;
  readonly #shelf: RecordShelf;
  readonly #pen: Pen;
  readonly #own = new OwnRecords();
  readonly #refusals: Counter<'reason'>;
  readonly #listeners: ((changes: readonly RecordChange[]) => void)[] = [];
  #clockDoubt: { readonly at: number; readonly detail: string } | undefined;

  /**
   * Reads what is on disk, verifies it again, and forgets what no longer stands.
   * @throws ReplicationError BOOT_COUNT_DAMAGED
   */
  constructor(options: RecordStoreOptions) {
    const { store, clock, log, writer, limits = DEFAULT_LIMITS } = options;
    this.#options = options;
    this.#refusals = options.meter.counter({
      name: 'selvage_record_refusals_total',
      help: 'Records of other nodes that were not taken, by reason',
      labels: ['reason'],
    });
    this.#pen = new Pen(store.space('replication'), writer, clock);
    this.#shelf = new RecordShelf({ store, limits, log, verify: (claim) => this.#verify(claim) });
    for (const record of this.#index.values()) {
      if (record.content.writer === writer.node) this.#adopt(record);
    }
  }

  /**
   * Says `value` (plain data) of this node, replacing what it said under that kind and key. Saying
   * the same again writes nothing.
   * @throws ReplicationError RECORD_MISNAMED, RECORD_NOT_PLAIN, RECORD_TOO_LARGE,
   * RECORD_QUOTA_REACHED, CREDENTIAL_ENDED, NAME_TAKEN_OVER
   */
  put(kind: string, key: string, value: unknown): void {
    const { clock, writer } = this.#options;
    const held = this.#index.get(recordId(writer.node, kind, key));
    const claim = this.#pen.write(kind, key, value);
    if (held !== undefined && saysTheSame(held.content, claim.content, clock.now())) {
      this.#own.say(held);
      return;
    }
    this.#sayAll([claim]);
  }

  /** Takes back what this node said; nothing happens when it said nothing. */
  withdraw(kind: string, key: string): void {
    const held = this.#index.get(recordId(this.#options.writer.node, kind, key));
    if (held === undefined || held.content.tombstone) return;
    this.#sayAll([this.#pen.write(kind, key, undefined)]);
  }

  /** Judges one record from a peer, and stores it when it is news. */
  accept(bytes: Uint8Array, from: PeerId): Acceptance {
    const [only] = this.acceptAll([bytes], from);
    return only ?? { outcome: 'known' };
  }

  /** The same for many, made durable at once. */
  acceptAll(batch: readonly Uint8Array[], from: PeerId): readonly Acceptance[] {
    const changes: RecordChange[] = [];
    const outcomes = this.#shelf.durably(() =>
      batch.map((bytes) => this.#judge(bytes, from, changes)),
    );
    this.#tell(changes);
    return outcomes;
  }

  /** What is said now about a kind by all writers, tombstones left out. */
  entries(kind: string): readonly SignedContent[] {
    const now = this.#options.clock.now();
    return [...this.#index.values()].flatMap(({ content }) =>
      content.kind === kind && !content.tombstone && content.expiresAt > now ? [content] : [],
    );
  }

  /** The highest epoch under which a writer speaks, while any of its records is in force. */
  epochOf(writer: NodeName): number | undefined {
    return this.#index.epochOf(writer);
  }

  /** SHA-256 in hex over all unexpired records, tombstones included: equal digest, equal state. */
  digest(): string {
    this.#sweep();
    return this.#index.digest();
  }

  /** Id, sequence and hash of every unexpired record, in the order of the ids. */
  heads(): readonly RecordHead[] {
    this.#sweep();
    return this.#index.sorted();
  }

  /** Is there nothing to learn from this head? */
  knows(head: RecordHead): boolean {
    return this.#index.knows(head);
  }

  /** A record as it travels, or undefined when it is not in force here. */
  bytesOf(id: RecordId): Uint8Array | undefined {
    return this.#shelf.bytesOf(id);
  }

  onChange(changed: (changes: readonly RecordChange[]) => void): void {
    this.#listeners.push(changed);
  }

  /** Drops what expired and says again what must not: to be called about once a second. */
  maintain(): void {
    this.#sweep();
    const { clock, writer } = this.#options;
    const now = clock.now();
    const expiry = this.#pen.expiry(now);
    // Without a credential, or after another key took the name, there is nothing to say; `put` says so.
    if (expiry <= now || (this.#index.epochOf(writer.node) ?? 0) > this.#pen.epoch) return;
    const due = this.#own.due(this.#index, now, expiry);
    this.#sayAll(due.map(({ kind, key, value }) => this.#pen.write(kind, key, value)));
  }

  /** Verifies everything again: to be called when other authorities came into force. */
  revalidate(): void {
    this.#tellGone(this.#shelf.drop((record) => !this.#shelf.stillStands(record)));
  }

  get #index(): RecordIndex {
    return this.#shelf.index;
  }

  #judge(bytes: Uint8Array, from: PeerId, changes: RecordChange[]): Acceptance {
    const claim = readClaim(bytes);
    if (!claim.ok) return this.#refused(claim.error, from);
    if (this.#index.knows(claim.value)) return { outcome: 'known' };
    const verified = this.#verify(claim.value);
    if (!verified.ok) return this.#refused(verified.error, from);
    const record = indexed(claim.value);
    const standing = this.#index.standing(record);
    if (standing === 'known') return { outcome: 'known' };
    if (standing !== 'new') {
      return this.#refused({ reason: standing, detail: `${record.id}: ${standing}` }, from);
    }
    if (record.content.writer === this.#options.writer.node) this.#heardOfOurselves(record);
    this.#shelf.add(claim.value);
    changes.push(changeOf(record, false));
    return { outcome: 'stored' };
  }

  #heardOfOurselves(record: IndexedRecord): void {
    const { log } = this.#options;
    const ours = this.#pen.epoch;
    if (record.sequence.epoch > ours) {
      log.error('another key owns the name of this node', { epoch: record.sequence.epoch, ours });
    } else if (record.sequence.epoch === ours) {
      log.warn('a peer holds a newer record of this node than its disk', { record: record.id });
      this.#pen.raiseAbove(record.sequence);
      this.#adopt(record);
    }
  }

  /** What this very key said in an earlier life is ours to keep up or take back. */
  #adopt(record: IndexedRecord): void {
    if (record.sequence.epoch === this.#pen.epoch) this.#own.adopt(record);
  }

  /** Takes what this node just wrote into force, all or none of it. */
  #sayAll(claims: readonly RecordClaim[]): void {
    if (claims.length === 0) return;
    for (const claim of claims) this.#requirePlace(claim); // a refusal costs no transaction
    this.#shelf.durably(() => {
      for (const claim of claims) {
        this.#requirePlace(claim);
        this.#shelf.add(claim);
      }
    });
    const records = claims.map(indexed);
    for (const record of records) this.#own.say(record);
    this.#tell(records.map((record) => changeOf(record, true)));
  }

  #requirePlace(claim: RecordClaim): void {
    const standing = this.#index.standing(indexed(claim));
    if (standing === 'over-quota') {
      throw new ReplicationError('RECORD_QUOTA_REACHED', `${claim.id}: there is no place for it`);
    }
    if (standing !== 'new') {
      const { writer } = claim.content;
      const detail = `epoch ${this.#index.epochOf(writer)} of ${writer} is in force; ours is ${this.#pen.epoch}`;
      throw new ReplicationError('NAME_TAKEN_OVER', detail);
    }
  }

  #verify(claim: RecordClaim): ReturnType<typeof verifyClaim> {
    return verifyClaim(claim, this.#options.check, this.#options.clock.now());
  }

  #refused({ reason, detail }: Refusal, from: PeerId): Acceptance {
    this.#refusals.add({ reason });
    this.#options.log.debug('record refused', { reason, detail, peerId: from });
    if (reason === 'from-the-future') this.#doubtClocks(detail);
    return { outcome: 'refused', reason };
  }

  /** Said once in a while: it comes with each look at the records of a member whose clock is ahead. */
  #doubtClocks(detail: string): void {
    if (this.clockProblem() !== undefined) return;
    this.#clockDoubt = { at: this.#options.clock.monotonic(), detail };
    this.#options.log.warn('records refused: a clock is wrong, this host’s or their writer’s', {
      detail,
    });
  }

  /** What of the members' records was refused for its date within the last minute, in words. */
  clockProblem(): string | undefined {
    const age =
      this.#options.clock.monotonic() - (this.#clockDoubt?.at ?? Number.NEGATIVE_INFINITY);
    return age < CLOCK_DOUBT_MS ? this.#clockDoubt?.detail : undefined;
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    this.#tellGone(this.#shelf.drop(({ content }) => content.expiresAt <= now));
  }

  #tellGone(records: readonly IndexedRecord[]): void {
    this.#tell(records.map((record) => changeOf(record, false)));
  }

  #tell(changes: readonly RecordChange[]): void {
    if (changes.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(changes);
      } catch (error) {
        // One consumer that chokes on a record must not keep it from the others.
        this.#options.log.error('a consumer of records failed', { error, records: changes.length });
      }
    }
  }
}

const changeOf = ({ id, content }: IndexedRecord, own: boolean): RecordChange => ({
  id,
  writer: content.writer,
  kind: content.kind,
  key: content.key,
  own,
});

/** Would writing `next` change anything that readers of `held` see? */
const saysTheSame = (held: RecordContent, next: RecordContent, now: EpochMs): boolean =>
  !held.tombstone &&
  held.expiresAt > now &&
  held.sequence.epoch === next.sequence.epoch &&
  Buffer.compare(dagCbor.encode(held.value), dagCbor.encode(next.value)) === 0;
