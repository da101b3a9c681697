import type { NodeName } from '../core/index.ts';
import type { RecordLimits } from './limits.ts';

interface Budget {
  changes: number;
  /** When it had so many, on the monotonic clock. */
  at: number;
}

/**
 * How many changes of each writer are taken: so many a minute, and beside those as many at once as it may have
 * records, for whoever hears of all of them at once. Only writers that changed something lately are in it.
 */
export class ChangeBudgets {
  readonly #burst: number;
  readonly #perMs: number;
  readonly #spent = new Map<NodeName, Budget>();

  constructor({ recordsPerWriter, changesPerMinute }: RecordLimits) {
    this.#burst = recordsPerWriter + changesPerMinute;
    this.#perMs = changesPerMinute / 60_000;
  }

  /** How many writers are being counted. */
  get size(): number {
    return this.#spent.size;
  }

  /** May this writer change something now? Costs nothing: its signature was not looked at yet. */
  allows(writer: NodeName, now: number): boolean {
    return this.#left(writer, now) >= 1;
  }

  /** This writer did change something. */
  spend(writer: NodeName, now: number): void {
    const changes = this.#left(writer, now) - 1;
    this.#spent.delete(writer); // so that whoever changed last is last
    this.#spent.set(writer, { changes, at: now });
    this.#forgetIdle(now);
  }

  #left(writer: NodeName, now: number): number {
    const budget = this.#spent.get(writer);
    if (budget === undefined) return this.#burst;
    return Math.min(this.#burst, budget.changes + (now - budget.at) * this.#perMs);
  }

  /** Whoever has all of its budget again is as one who never changed anything. */
  #forgetIdle(now: number): void {
    for (const writer of this.#spent.keys()) {
      if (this.#left(writer, now) < this.#burst) return;
      this.#spent.delete(writer);
    }
  }
}
