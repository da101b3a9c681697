import type { Clock, Counter, Log, Meter, PeerId } from '../ports/index.ts';
import { ChangeBudgets } from './change-budgets.ts';
import type { Draft } from './draft.ts';
import { contradict, type EvidenceBook } from './evidence.ts';
import type { IndexedRecord } from './indexed-record.ts';
import type { RecordLimits } from './limits.ts';
import type { PlaceRecord } from './placement.ts';
import {
  type ReadClaim,
  type RecordClaim,
  type Refusal,
  type RefusalReason,
  verifyClaim,
  verifyWord,
} from './record-verification.ts';
import type { WriterCheck } from './writer.ts';

/** How long it is held against the clocks that a record was refused for its date, milliseconds. */
const CLOCK_DOUBT_MS = 60_000;

/** What became of a record that a peer sent. */
export type Acceptance =
  | { readonly outcome: 'stored' }
  | { readonly outcome: 'known' }
  /** It does not come into force, and proves that its writer lied: to be told to others, once. */
  | { readonly outcome: 'evidence' }
  | { readonly outcome: 'refused'; readonly reason: RefusalReason };

const STORED: Acceptance = { outcome: 'stored' };
const KNOWN: Acceptance = { outcome: 'known' };

export interface RecordJudgeOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly check: WriterCheck;
  readonly read: ReadClaim;
  readonly place: PlaceRecord;
  readonly limits: RecordLimits;
  readonly evidence: EvidenceBook;
  /** The record in force under an id, as it travels. */
  readonly bytesOf: (id: IndexedRecord['id']) => Uint8Array | undefined;
}

/** Decides what becomes of what peers send: what costs nothing is asked first, the signature last. */
export class RecordJudge {
  readonly #options: RecordJudgeOptions;
  readonly #budgets: ChangeBudgets;
  readonly #refusals: Counter<'reason'>;
  #clockDoubt: { readonly at: number; readonly detail: string } | undefined;

  constructor(options: RecordJudgeOptions) {
    this.#options = options;
    this.#budgets = new ChangeBudgets(options.limits);
    this.#refusals = options.meter.counter({
      name: 'selvage_record_refusals_total',
      help: 'Records of other nodes that were not taken, by reason',
      labels: ['reason'],
    });
  }

  /** Takes one record into the draft when it is news and its writer's word. */
  judge(bytes: Uint8Array, from: PeerId, draft: Draft): Acceptance {
    const { read, place, clock, check, limits } = this.#options;
    const claim = read(bytes);
    if (!claim.ok) return this.#refused(claim.error, from);
    const { record } = claim.value;
    const placement = place(record, draft.index, limits);
    const contradicted = this.#contradictedBy(record, placement.held, draft);
    if (placement.standing === 'known' && contradicted === undefined) return KNOWN;
    const { writer } = record.content;
    if (placement.standing === 'older-epoch' || placement.standing === 'over-quota') {
      return this.#refused(refusalOf(placement.standing, record), from);
    }
    const at = clock.monotonic();
    if (!this.#budgets.allows(writer, at)) {
      return this.#refused(refusalOf('too-fast', record), from);
    }
    const verified = verifyClaim(claim.value, check, clock.now());
    if (!verified.ok) return this.#refused(verified.error, from);
    this.#budgets.spend(writer, record.bytes, at);
    if (contradicted !== undefined) this.#keepEvidence(claim.value, contradicted);
    if (placement.standing !== 'new') return { outcome: 'evidence' };
    draft.take(claim.value, placement);
    return STORED;
  }

  /** Takes two records that a peer handed over as evidence of a lie, in force or not. */
  judgeEvidence(pair: readonly [Uint8Array, Uint8Array], from: PeerId): Acceptance {
    const { read, clock, check, evidence } = this.#options;
    const [one, other] = [read(pair[0]), read(pair[1])];
    if (!one.ok) return this.#refused(one.error, from);
    if (!other.ok) return this.#refused(other.error, from);
    const { record } = one.value;
    if (!contradict(record, other.value.record)) {
      return this.#refused(refusalOf('no-evidence', record), from);
    }
    if (evidence.has(record.id)) return KNOWN;
    if (!evidence.wants(record, clock.now())) {
      return this.#refused(refusalOf('over-quota', record), from);
    }
    for (const claim of [one.value, other.value]) {
      const verified = verifyWord(claim, check, clock.now());
      if (!verified.ok) return this.#refused(verified.error, from);
    }
    this.#keepEvidence(one.value, other.value);
    return { outcome: 'evidence' };
  }

  /** What of the members' records was refused for its date within the last minute, in words. */
  clockProblem(): string | undefined {
    const age =
      this.#options.clock.monotonic() - (this.#clockDoubt?.at ?? Number.NEGATIVE_INFINITY);
    return age < CLOCK_DOUBT_MS ? this.#clockDoubt?.detail : undefined;
  }

  /** What holds and says something else under the same sequence, when that would be news. */
  #contradictedBy(
    record: IndexedRecord,
    held: IndexedRecord | undefined,
    draft: Draft,
  ): RecordClaim | undefined {
    const { evidence, clock, read, bytesOf } = this.#options;
    if (held === undefined || !contradict(record, held)) return undefined;
    if (!evidence.wants(record, clock.now())) return undefined;
    const bytes = draft.bytesOf(record.id) ?? bytesOf(record.id);
    const claim = bytes === undefined ? undefined : read(bytes);
    return claim?.ok === true ? claim.value : undefined;
  }

  #keepEvidence(a: RecordClaim, b: RecordClaim): void {
    const { evidence, clock, log } = this.#options;
    const { id, content, sequence } = a.record;
    // Of who lies on and on enough has been said.
    const level = evidence.isFull(content.writer) ? 'debug' : 'error';
    log[level]('a node said two things under one sequence', {
      writer: content.writer,
      record: id,
      ...sequence,
    });
    evidence.add(a, b, clock.now());
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
}

const refusalOf = (reason: RefusalReason, { id }: IndexedRecord): Refusal => ({
  reason,
  detail: `${id}: ${reason}`,
});
