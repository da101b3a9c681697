import type { NodeName } from '../core/index.ts';
import type { RecordLimits } from './limits.ts';

interface Budget {
  readonly changes: number;
  readonly bytes: number;
  /** When it had so much, on the monotonic clock. */
  readonly at: number;
}

/**
 * How much each writer may change: so many records a minute, and beside those as many at once as it may have, for
 * whoever hears of all of them at once; and of bytes what so many records of the average size have, or the largest
 * records would make a flood of what is no hurry. Only writers that changed something lately are in it.
 */
export class ChangeBudgets {
  readonly #changes: number;
  readonly #bytes: number;
  readonly #changesPerMs: number;
  readonly #bytesPerMs: number;
  readonly #spent = new Map<NodeName, Budget>();

  constructor({ recordsPerWriter, bytesPerWriter, changesPerMinute }: RecordLimits) {
    const bytesPerMinute = (changesPerMinute * bytesPerWriter) / recordsPerWriter;
    this.#changes = recordsPerWriter + changesPerMinute;
    this.#bytes = bytesPerWriter + bytesPerMinute;
    this.#changesPerMs = changesPerMinute / 60_000;
    this.#bytesPerMs = bytesPerMinute / 60_000;
  }

  /** How many writers are being counted. */
  get size(): number {
    return this.#spent.size;
  }

  /** May this writer change something now? Costs nothing: its signature was not looked at yet. */
  allows(writer: NodeName, now: number): boolean {
    const { changes, bytes } = this.#left(writer, now);
    return changes >= 1 && bytes > 0;
  }

  /** This writer did change something: a record of so many bytes. */
  spend(writer: NodeName, bytes: number, now: number): void {
    const left = this.#left(writer, now);
    this.#spent.delete(writer); // so that whoever changed last is last
    this.#spent.set(writer, { changes: left.changes - 1, bytes: left.bytes - bytes, at: now });
    this.#forgetIdle(now);
  }

  #left(writer: NodeName, now: number): Pick<Budget, 'changes' | 'bytes'> {
    const budget = this.#spent.get(writer);
    if (budget === undefined) return { changes: this.#changes, bytes: this.#bytes };
    const passedMs = now - budget.at;
    return {
      changes: Math.min(this.#changes, budget.changes + passedMs * this.#changesPerMs),
      bytes: Math.min(this.#bytes, budget.bytes + passedMs * this.#bytesPerMs),
    };
  }

  /** Whoever has all of its budget again is as one who never changed anything. */
  #forgetIdle(now: number): void {
    for (const writer of this.#spent.keys()) {
      const { changes, bytes } = this.#left(writer, now);
      if (changes < this.#changes || bytes < this.#bytes) return;
      this.#spent.delete(writer);
    }
  }
}
