import * as dagCbor from '@ipld/dag-cbor';
import type { NodeName } from '../core/index.ts';
import type { Clock, Counter, EpochMs, Log, Meter, PeerId, Space, Store } from '../ports/index.ts';
import { ReplicationError } from './errors.ts';
import { DEFAULT_LIMITS, type RecordLimits } from './limits.ts';
import { OwnRecords } from './own-records.ts';
import { Pen } from './pen.ts';
import { type RecordContent, type RecordHead, type RecordId, recordId } from './record.ts';
import { type IndexedRecord, RecordIndex } from './record-index.ts';
import {
  type RecordClaim,
  type Refusal,
  type RefusalReason,
  readClaim,
  verifyClaim,
} from './record-verification.ts';
import type { Writer, WriterCheck } from './writer.ts';

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
  readonly #disk: Space;
  readonly #pen: Pen;
  readonly #own = new OwnRecords();
  readonly #refusals: Counter<'reason'>;
  readonly #listeners: ((changes: readonly RecordChange[]) => void)[] = [];
  #index: RecordIndex;

  /** Reads what is on disk, verifies it again, and forgets what no longer stands. */
  constructor(options: RecordStoreOptions) {
    this.#options = options;
    this.#disk = options.store.space('records');
    this.#refusals = options.meter.counter({
      name: 'selvage_record_refusals_total',
      help: 'Records of other nodes that were not taken, by reason',
      labels: ['reason'],
    });
    this.#pen = new Pen(options.store.space('replication'), options.writer, options.clock);
    this.#index = options.store.transaction(() => this.#load());
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
    const outcomes = this.#durably(() => batch.map((bytes) => this.#judge(bytes, from, changes)));
    this.#tell(changes);
    return outcomes;
  }

  /** What is said now about a kind by all writers, tombstones left out. */
  entries(kind: string): readonly RecordContent[] {
    const now = this.#options.clock.now();
    return [...this.#index.values()].flatMap(({ content }) =>
      content.kind === kind && !content.tombstone && content.expiresAt > now ? [content] : [],
    );
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
    return this.#index.get(id) === undefined ? undefined : this.#disk.get(id);
  }

  onChange(changed: (changes: readonly RecordChange[]) => void): void {
    this.#listeners.push(changed);
  }

  /** Drops what expired and says again what must not: to be called about once a second. */
  maintain(): void {
    this.#sweep();
    const { clock } = this.#options;
    const expiry = this.#pen.expiry();
    if (expiry <= clock.now()) return; // no credential to write under; the node says so
    const due = this.#own.due(this.#index, clock.now(), expiry);
    this.#sayAll(due.map(({ kind, key, value }) => this.#pen.write(kind, key, value)));
  }

  /** Verifies everything again: to be called when other authorities came into force. */
  revalidate(): void {
    this.#drop((record) => {
      const bytes = this.#disk.get(record.id);
      return bytes === undefined || this.#verified(bytes) === undefined;
    });
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
    this.#add(claim.value);
    changes.push(changeOf(record, false));
    return { outcome: 'stored' };
  }

  #heardOfOurselves(record: IndexedRecord): void {
    const { log } = this.#options;
    const ours = this.#pen.epoch;
    if (record.sequence.epoch > ours) {
      log.error('another key owns the name of this node', { epoch: record.sequence.epoch, ours });
      return;
    }
    log.warn('a peer holds a newer record of this node than its disk', { record: record.id });
    this.#pen.raiseAbove(record.sequence);
    this.#own.adopt(record);
  }

  /** Takes what this node just wrote into force, all or none of it. */
  #sayAll(claims: readonly RecordClaim[]): void {
    if (claims.length === 0) return;
    this.#durably(() => {
      for (const claim of claims) this.#say(claim);
    });
    const records = claims.map(indexed);
    for (const record of records) this.#own.say(record);
    this.#tell(records.map((record) => changeOf(record, true)));
  }

  #say(claim: RecordClaim): void {
    const standing = this.#index.standing(indexed(claim));
    if (standing === 'over-quota') {
      throw new ReplicationError('RECORD_QUOTA_REACHED', `${claim.id}: there is no place for it`);
    }
    if (standing !== 'new') {
      const { writer } = claim.content;
      const detail = `epoch ${this.#index.epochOf(writer)} of ${writer} is in force; ours is ${this.#pen.epoch}`;
      throw new ReplicationError('NAME_TAKEN_OVER', detail);
    }
    this.#add(claim);
  }

  #add(claim: RecordClaim): void {
    this.#disk.put(claim.id, claim.bytes);
    for (const outdated of this.#index.add(indexed(claim))) this.#disk.delete(outdated);
  }

  #verify(claim: RecordClaim): ReturnType<typeof verifyClaim> {
    return verifyClaim(claim, this.#options.check, this.#options.clock.now());
  }

  #refused({ reason, detail }: Refusal, from: PeerId): Acceptance {
    this.#refusals.add({ reason });
    this.#options.log.debug('record refused', { reason, detail, peerId: from });
    return { outcome: 'refused', reason };
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    this.#drop(({ content }) => content.expiresAt <= now);
  }

  #drop(isOver: (record: IndexedRecord) => boolean): void {
    const over = [...this.#index.values()].filter(isOver);
    if (over.length === 0) return;
    this.#durably(() => {
      for (const { id } of over) {
        this.#disk.delete(id);
        this.#index.remove(id);
      }
    });
    this.#tell(over.map((record) => changeOf(record, false)));
  }

  /** All of `run`'s writes or none, in memory as on disk. */
  #durably<T>(run: () => T): T {
    try {
      return this.#options.store.transaction(run);
    } catch (error) {
      this.#index = this.#load();
      throw error;
    }
  }

  #load(): RecordIndex {
    const { limits = DEFAULT_LIMITS, log, writer } = this.#options;
    const index = new RecordIndex(limits);
    for (const [id, bytes] of this.#disk.entries()) {
      const record = this.#verified(bytes);
      if (record === undefined || index.standing(record) !== 'new') {
        log.info('stored record no longer stands', { record: id });
        this.#disk.delete(id);
        continue;
      }
      index.add(record);
      if (record.content.writer === writer.node) this.#own.adopt(record);
    }
    return index;
  }

  #verified(bytes: Uint8Array): IndexedRecord | undefined {
    const claim = readClaim(bytes);
    return claim.ok && this.#verify(claim.value).ok ? indexed(claim.value) : undefined;
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

const indexed = ({ id, sequence, hash, content, bytes }: RecordClaim): IndexedRecord => ({
  id,
  sequence,
  hash,
  content,
  size: bytes.length,
});

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
