import type { ProposalId } from './body.ts';
import type { Verdict } from './verdict.ts';

/** Verdicts by the proposal that they are of, as records carry them: one in each. */
export class VerdictShelf {
  readonly #byRecord = new Map<string, Verdict>();
  readonly #recordsOf = new Map<ProposalId, Set<string>>();

  /** In place of what the record carried before, which is to be removed first. */
  put(record: string, verdict: Verdict): void {
    this.#byRecord.set(record, verdict);
    const records = this.#recordsOf.get(verdict.proposal) ?? new Set();
    this.#recordsOf.set(verdict.proposal, records.add(record));
  }

  /** Of which proposal it was; undefined when there was none. */
  remove(record: string): ProposalId | undefined {
    const id = this.#byRecord.get(record)?.proposal;
    if (id === undefined) return undefined;
    this.#byRecord.delete(record);
    const records = this.#recordsOf.get(id);
    records?.delete(record);
    if (records?.size === 0) this.#recordsOf.delete(id);
    return id;
  }

  get isEmpty(): boolean {
    return this.#byRecord.size === 0;
  }

  of(id: ProposalId): Verdict[] {
    return [...(this.#recordsOf.get(id) ?? [])].flatMap(
      (record) => this.#byRecord.get(record) ?? [],
    );
  }
}
