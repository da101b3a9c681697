import type { NodeName } from '../core/index.ts';
import type { RecordLimits } from './limits.ts';

/** How often writers are forgotten that have earned back all that they changed. */
const SWEEP_PERIOD_MS = 60_000;

/** When a writer has earned back what it changed: in records and in bytes, on the monotonic clock. */
interface Debt {
  changesPaidAt: number;
  bytesPaidAt: number;
}

/**
 * How much each writer may change: so many records a minute, and beside those as many at once as it may have, for
 * whoever hears of all of them at once; and of bytes what so many records of the average size have, or the largest
 * records would make a flood of what is no hurry. Only writers that changed something lately are in it.
 */
export class ChangeBudgets {
  readonly #msPerChange: number;
  readonly #msPerByte: number;
  /** How long it may take to earn back what a writer owes that may change one more record. */
  readonly #mostChangesMs: number;
  readonly #mostBytesMs: number;
  readonly #debts = new Map<NodeName, Debt>();
  #sweepAt = Number.NEGATIVE_INFINITY;

  constructor({ recordsPerWriter, bytesPerWriter, changesPerMinute }: RecordLimits) {
    const bytesPerMinute = (changesPerMinute * bytesPerWriter) / recordsPerWriter;
    this.#msPerChange = 60_000 / changesPerMinute;
    this.#msPerByte = 60_000 / bytesPerMinute;
    this.#mostChangesMs = (recordsPerWriter + changesPerMinute - 1) * this.#msPerChange;
    this.#mostBytesMs = (bytesPerWriter + bytesPerMinute) * this.#msPerByte;
  }

  /** How many writers are being counted. */
  get size(): number {
    return this.#debts.size;
  }

  /** May this writer change something now? Costs nothing: its signature was not looked at yet. */
  allows(writer: NodeName, now: number): boolean {
    const debt = this.#debts.get(writer);
    if (debt === undefined) return true;
    return (
      debt.changesPaidAt - now <= this.#mostChangesMs && debt.bytesPaidAt - now < this.#mostBytesMs
    );
  }

  /** This writer did change something: a record of so many bytes. */
  spend(writer: NodeName, bytes: number, now: number): void {
    this.#forgetIdle(now);
    let debt = this.#debts.get(writer);
    if (debt === undefined) {
      debt = { changesPaidAt: now, bytesPaidAt: now };
      this.#debts.set(writer, debt);
    }
    debt.changesPaidAt = Math.max(debt.changesPaidAt, now) + this.#msPerChange;
    debt.bytesPaidAt = Math.max(debt.bytesPaidAt, now) + bytes * this.#msPerByte;
  }

  /** Whoever has earned back all of it is as one who never changed anything. */
  #forgetIdle(now: number): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = now + SWEEP_PERIOD_MS;
    for (const [writer, { changesPaidAt, bytesPaidAt }] of this.#debts) {
      if (changesPaidAt <= now && bytesPaidAt <= now) this.#debts.delete(writer);
    }
  }
}
