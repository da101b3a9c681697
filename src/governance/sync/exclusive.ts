import { GovernanceError } from '../errors.ts';

/** Work that waits its turn; each holds at most one change or one peer's offer. */
const MAX_WAITING = 16;

/** Runs one piece of work at a time, in order: what is in force changes in single steps. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @throws GovernanceError PUBLISH_BUSY, when too much waits already; else what `work` throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_WAITING) {
      throw new GovernanceError('PUBLISH_BUSY', `${MAX_WAITING} changes are waiting already`);
    }
    this.#waiting++;
    const turn = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = turn.catch(() => undefined); // who waits for the turn is told; the next one goes on
    return await turn;
  }
}
