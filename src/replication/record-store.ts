import type { NodeName } from '../core/index.ts';
import type { Clock, EpochMs, Log, Meter, PeerId, Space, Store } from '../ports/index.ts';
import type { Draft } from './draft.ts';
import { DurableIndex } from './durable-index.ts';
import { ReplicationError } from './errors.ts';
import { type Evidence, EvidenceBook, type EvidencePair } from './evidence.ts';
import type { IndexedRecord } from './indexed-record.ts';
import type { KindOwner, QuarantinedRecord } from './kind-owner.ts';
import { DEFAULT_LIMITS, type RecordLimits } from './limits.ts';
import { OwnRecords } from './own-records.ts';
import { Pen, saysTheSame } from './pen.ts';
import { type PlaceRecord, placed } from './placement.ts';
import { type RecordId, recordId } from './record.ts';
import type { RecordChange } from './record-change.ts';
import { RecordFollowers } from './record-followers.ts';
import type { RecordIndex } from './record-index.ts';
import { type Acceptance, RecordJudge } from './record-judge.ts';
import {
  type ReadClaim,
  type RecordClaim,
  readClaim,
  verifyClaim,
  verifyStanding,
} from './record-verification.ts';
import { type LoadRecords, type StoredRecords, storedRecords } from './stored-records.ts';
import { oncePerCredential, type Writer, type WriterCheck } from './writer.ts';

export interface RecordStoreOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly writer: Writer;
  readonly check: WriterCheck;
  readonly limits?: RecordLimits;
  /** How far the members' median clock is ahead of this host's, while enough of them are known. */
  readonly clockOffsetMs?: () => number | undefined;
  /** {@link readClaim}, unless somebody remembers what equal bytes say. */
  readonly read?: ReadClaim;
  /** {@link placed}, unless somebody remembers what becomes of equal records in an index that many share. */
  readonly place?: PlaceRecord;
  /** Reads the disk, unless somebody remembers what equal disks hold: see {@link LoadRecords}. */
  readonly load?: LoadRecords;
}

const DEFAULTS = {
  limits: DEFAULT_LIMITS,
  clockOffsetMs: () => undefined,
  read: readClaim,
  place: placed,
  load: (_, read) => read(),
} satisfies Partial<RecordStoreOptions>;

/**
 * What every member says of itself, as far as this node knows: verified, unexpired, one record per
 * (writer, kind, key). Whatever it returned from is on disk: what this node said though the host die, what
 * others said though the process die.
 */
export class RecordStore {
  readonly #options: Required<RecordStoreOptions>;
  readonly #node: NodeName;
  readonly #pen: Pen;
  readonly #disk: DurableIndex;
  readonly #evidence: EvidenceBook;
  readonly #judge: RecordJudge;
  readonly #own: OwnRecords;
  readonly #followers: RecordFollowers;
  /** Records of this node that were due to be said again and could not be, and why. */
  #unsaid: ReadonlyMap<RecordId, string> = new Map();
  readonly #evidenceListeners: ((evidence: Evidence) => void)[] = [];

  /**
   * Reads what is on disk, verifies it again, and forgets what no longer stands.
   * @throws ReplicationError BOOT_COUNT_DAMAGED
   */
  constructor(given: RecordStoreOptions) {
    const options = { ...DEFAULTS, ...given };
    const { store, log, meter, writer } = options;
    this.#options = options;
    this.#node = writer.node;
    this.#pen = new Pen({ ...options, space: store.space('replication') });
    this.#disk = new DurableIndex(store, (disk) => options.load(disk, () => this.#stored(disk)));
    this.#evidence = new EvidenceBook({ ...options, disk: store.space('evidence') });
    const bytesOf = (id: RecordId) => this.bytesOf(id);
    this.#judge = new RecordJudge({ ...options, evidence: this.#evidence, bytesOf });
    this.#followers = new RecordFollowers(log, meter);
    this.#own = new OwnRecords(writer.node);
    for (const record of this.#own.shelf(this.#index)?.records.items() ?? []) this.#adopt(record);
  }

  /**
   * Says `value` (plain data) of this node, replacing what it said under that kind and key. Saying
   * the same again writes nothing; `ofThisStart`: unless it was said before this start of the node.
   * What is not `urgent` costs the others less: they get it by comparison, many records at once, within seconds.
   * @throws ReplicationError RECORD_MISNAMED, RECORD_NOT_PLAIN, RECORD_TOO_LARGE,
   * RECORD_QUOTA_REACHED, CREDENTIAL_ENDED, CLOCK_OFF, NAME_TAKEN_OVER; and what a disk throws
   */
  put(
    kind: string,
    key: string,
    value: unknown,
    { ofThisStart = false, urgent = true } = {},
  ): void {
    const held = this.#index.get(recordId(this.#node, kind, key));
    const content = this.#pen.draft(kind, key, value);
    const isOutdated = ofThisStart && held?.sequence.boot !== this.#pen.boot;
    if (held !== undefined && !isOutdated && saysTheSame(held.content, content)) {
      this.#own.say(held);
      return;
    }
    this.#say(this.#pen.sign(content), urgent);
  }

  /** Takes back what this node said, with the errors of {@link put}; nothing happens when it said nothing. */
  withdraw(kind: string, key: string, { urgent = true } = {}): void {
    const held = this.#index.get(recordId(this.#node, kind, key));
    if (held === undefined || held.content.tombstone) return;
    this.#say(this.#pen.write(kind, key, undefined), urgent);
  }

  /** Judges one record from a peer, and stores it when it is news. */
  accept(bytes: Uint8Array, from: PeerId): Acceptance {
    return this.#hear((draft) => this.#judge.judge(bytes, from, draft));
  }

  /** The same for many, made durable at once. Throws what the disk does, and then took none, or all. */
  acceptAll(batch: readonly Uint8Array[], from: PeerId): readonly Acceptance[] {
    return this.#hear((draft) => batch.map((bytes) => this.#judge.judge(bytes, from, draft)));
  }

  /** Takes two records that a peer holds as evidence that their writer lied, in force or not. */
  acceptEvidence(pair: readonly [Uint8Array, Uint8Array], from: PeerId): Acceptance {
    try {
      return this.#judge.judgeEvidence(pair, from);
    } finally {
      this.#tellEvidence();
    }
  }

  /** All that is in force now, tombstones included, as a value that nothing changes. */
  snapshot(): RecordIndex {
    this.#sweep();
    return this.#index;
  }

  /** The highest epoch under which a writer speaks, while any of its records is in force. */
  epochOf(writer: NodeName): number | undefined {
    return this.#index.epochOf(writer);
  }

  /** SHA-256 in hex over all unexpired records, tombstones included: equal digest, equal state. */
  digest(): string {
    return this.snapshot().digest;
  }

  /** A record as it travels, or undefined when it is not in force here. */
  bytesOf(id: RecordId): Uint8Array | undefined {
    return this.#disk.bytesOf(id);
  }

  onChange(changed: (changes: readonly RecordChange[]) => void): void {
    this.#followers.onChange(changed);
  }

  /**
   * Makes `owner` the one who interprets a kind: it gets all of that kind that is in force, then each change. What
   * it cannot take is quarantined. It must not write records while it is told of some.
   * @throws TypeError when the kind has an owner
   */
  own<Value>(kind: string, owner: KindOwner<Value>): void {
    this.#followers.own(kind, owner, this.snapshot().records());
  }

  /** Records in force that their kinds' owners could not take. */
  quarantined(): readonly QuarantinedRecord[] {
    return this.#followers.quarantined();
  }

  /** Who was caught saying two things under one sequence. */
  evidence(): readonly Evidence[] {
    return this.#evidence.all();
  }

  /** The two records that prove it, as they travel, the one that holds first; undefined when there is none, or it rotted. */
  evidencePair(id: RecordId): EvidencePair | undefined {
    return this.#evidence.pairOf(id);
  }

  /** Would evidence under this name be news, and be kept? */
  wantsEvidence(id: RecordId): boolean {
    return this.#evidence.hasRoom(id);
  }

  /** Called once for each new piece of evidence, when it is durable. */
  onEvidence(caught: (evidence: Evidence) => void): void {
    this.#evidenceListeners.push(caught);
  }

  /**
   * When {@link maintain} has something to do, unless something changes before: by the wall clock, and in the past
   * while it has.
   */
  get dueAt(): EpochMs {
    if (this.#unsaid.size > 0 || this.#disk.isUnclean) return Number.NEGATIVE_INFINITY;
    return Math.min(this.#index.expiresAt, this.#own.dueAt);
  }

  /**
   * Drops what expired and says again what must not: to be called when it is due, about once a second while it is,
   * and now and then. Throws what a disk does; what is in force stays so, and the next call tries again.
   */
  maintain(): void {
    this.#sweep();
    this.#disk.clean();
    const now = this.#options.clock.now();
    this.#evidence.sweep(now);
    this.#refresh(now);
  }

  /** Judges all credentials that records rest on again: to be called when other authorities came into force. */
  revalidate(): void {
    const { read, clock } = this.#options;
    const check = oncePerCredential(this.#options.check);
    const now = clock.now();
    const fallen = this.#index.records().filter(({ id }) => {
      const bytes = this.#disk.bytesOf(id);
      const claim = bytes === undefined ? undefined : read(bytes);
      return claim?.ok !== true || !verifyStanding(claim.value, check, now).ok;
    });
    this.#drop(fallen);
  }

  /**
   * Says again, under the credential in hand now, all that this node says: to be called when the one before counts no
   * longer, or soon will not. Throws what a disk does; the next {@link maintain} tries again.
   */
  restate(): void {
    this.#own.outdate();
    this.#refresh(this.#options.clock.now());
  }

  /** What of the members' records was refused for its date within the last minute, in words. */
  clockProblem(): string | undefined {
    return this.#judge.clockProblem();
  }

  /** How far this host's clock is from the members', when that is too far to say anything, in words. */
  ownClockProblem(): string | undefined {
    return this.#pen.clockProblem();
  }

  /** How often this node has started: made durable before anything is said under it, and only growing. */
  get boot(): number {
    return this.#pen.boot;
  }

  /** Others hold word of this node's own key from this start of it: go on above it. */
  outlive(boot: number): void {
    this.#pen.raiseAbove({ epoch: this.#pen.epoch, boot, n: 0 });
  }

  get #index(): RecordIndex {
    return this.#disk.current;
  }

  /** All that is on disk and stands. */
  #stored(disk: Space): StoredRecords {
    const { read, clock, limits } = this.#options;
    const check = oncePerCredential(this.#options.check);
    const standing = (bytes: Uint8Array): RecordClaim | undefined => {
      const claim = read(bytes);
      return claim.ok && verifyClaim(claim.value, check, clock.now()).ok ? claim.value : undefined;
    };
    return storedRecords(disk, standing, limits);
  }

  /** Brings into force what of a peer's records is taken into a draft. */
  #hear<Outcome>(judge: (draft: Draft) => Outcome): Outcome {
    const draft = this.#disk.draft('others');
    try {
      const outcome = judge(draft);
      for (const { record, bytes } of draft.changes) {
        if (bytes !== undefined && record.content.writer === this.#node) this.#outdo(record);
      }
      this.#commit(draft);
      return outcome;
    } finally {
      this.#tellEvidence();
    }
  }

  /** A peer holds a record of this node that its disk does not. */
  #outdo({ id, content }: IndexedRecord): void {
    const { log } = this.#options;
    const { epoch } = content.sequence;
    const ours = this.#pen.epoch;
    if (epoch > ours) log.error('another key owns the name of this node', { epoch, ours });
    else log.warn('a peer holds a newer record of this node than its disk', { record: id });
    this.#pen.raiseAbove(content.sequence);
  }

  /** What this very key said in an earlier life is ours to keep up or take back. */
  #adopt(record: IndexedRecord): void {
    if (record.sequence.epoch === this.#pen.epoch) this.#own.adopt(record);
  }

  /** Brings what this node just wrote into force. */
  #say(claim: RecordClaim, urgent: boolean): void {
    const draft = this.#disk.draft(urgent ? 'own-urgent' : 'own');
    this.#include(claim, draft);
    this.#commit(draft);
  }

  #include(claim: RecordClaim, draft: Draft): void {
    const { writer, sequence, kind, key } = claim.record.content;
    const { place, limits } = this.#options;
    const placement = place(claim.record, draft.index, limits);
    const isCrowdedOut = (other: IndexedRecord) =>
      other.content.writer === writer && other.sequence.epoch === sequence.epoch;
    if (placement.standing === 'new' && !placement.gone.some(isCrowdedOut)) {
      draft.take(claim, placement);
      return;
    }
    if (placement.standing === 'older-epoch' || placement.standing === 'known') {
      const { epoch, boot } = sequence;
      const inForce = placement.held?.sequence ?? { epoch: draft.index.epochOf(writer) ?? 0, boot };
      const detail = `epoch ${inForce.epoch}, start ${inForce.boot} of ${writer} is in force; ours is ${epoch}, ${boot}`;
      throw new ReplicationError('NAME_TAKEN_OVER', detail);
    }
    throw new ReplicationError('RECORD_QUOTA_REACHED', `${kind}/${key}: there is no place for it`);
  }

  /** Says again what has run half its life, was dropped, or was overtaken by an earlier life of this node. */
  #refresh(now: EpochMs): void {
    if (now < this.#own.dueAt && this.#unsaid.size === 0) return;
    const shelf = this.#own.shelf(this.#index);
    const due = this.#own.due(shelf, now, this.#pen.expiry(now));
    if (due.length === 0 && this.#unsaid.size === 0) return;
    // Without a credential, or after another key took the name, there is nothing to say; `put` says so.
    if (this.#pen.hindrance(now) !== undefined) return;
    if ((shelf?.epoch ?? 0) > this.#pen.epoch) return;
    const unsaid = new Map<RecordId, string>();
    const draft = this.#disk.draft('own-urgent');
    for (const { writer, kind, key, value, tombstone } of due) {
      try {
        this.#include(this.#pen.write(kind, key, tombstone ? undefined : value), draft);
      } catch (error) {
        if (!(error instanceof ReplicationError)) throw error;
        unsaid.set(recordId(writer, kind, key), error.code);
        this.#warnOfUnsaid(recordId(writer, kind, key), error);
      }
    }
    this.#unsaid = unsaid;
    this.#commit(draft);
  }

  /** Once for each record and reason: it is tried again each second. */
  #warnOfUnsaid(record: RecordId, error: ReplicationError): void {
    if (this.#unsaid.get(record) === error.code) return;
    this.#options.log.warn('a record of this node could not be said again', { record, error });
  }

  /** Throws what the disk does; what it holds then is in force, and was told. */
  #commit(draft: Draft): void {
    const failure = this.#disk.commit(draft);
    if (this.#index === draft.index) this.#settle(draft.changes);
    if (failure !== undefined) throw failure.error;
  }

  #settle(changes: readonly RecordChange[]): void {
    for (const { record, bytes, origin } of changes) {
      if (record.content.writer !== this.#node) continue;
      this.#own.moved();
      if (bytes === undefined) continue;
      if (origin === 'others') this.#adopt(record);
      else this.#own.say(record);
    }
    this.#followers.tell(changes);
  }

  #sweep(): void {
    const now = this.#options.clock.now();
    if (this.#index.expiresAt <= now) this.#drop(this.#index.due(now));
  }

  #drop(records: readonly IndexedRecord[]): void {
    this.#disk.drop(records);
    this.#settle(records.map((record) => ({ record, bytes: undefined, origin: 'others' })));
  }

  #tellEvidence(): void {
    for (const evidence of this.#evidence.takeNews()) {
      for (const listener of this.#evidenceListeners) listener(evidence);
    }
  }
}
