import type { Log } from '../ports/index.ts';

type Undo = () => void | Promise<void>;

/** What was started, to be ended in the reverse order. */
export class UndoStack {
  readonly #steps: Undo[] = [];
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  add(undo: Undo): void {
    this.#steps.push(undo);
  }

  /** Ends everything; a step that fails is logged, and does not keep the others from ending. */
  async unwind(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        this.#log.error('not ended cleanly', { error });
      }
    }
  }
}
