import type { Log } from '../ports/index.ts';
import type { UndoStack } from './undo-stack.ts';

export interface RunningNode {
  /** Takes leave of the mesh and ends; the same as what SIGTERM does. */
  stop(): Promise<void>;
  /** Resolves when it has ended; rejects when it had to, with why: see {@link NodeEnd.fail}. */
  readonly done: Promise<void>;
}

/** How a node ends: once, in order, because somebody wants it to or because it must not go on. */
export class NodeEnd implements RunningNode {
  readonly #undo: UndoStack;
  readonly #log: Log;
  readonly #ended = Promise.withResolvers<void>();
  #isStopping = false;
  #failure: Error | undefined;

  constructor(undo: UndoStack, log: Log) {
    this.#undo = undo;
    this.#log = log;
    // Whoever runs the node waits for this; a start that fails tells the reason itself.
    this.#ended.promise.catch(() => undefined);
  }

  get done(): Promise<void> {
    return this.#ended.promise;
  }

  /** Why it must not go on; undefined while it may. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  async stop(): Promise<void> {
    if (this.#isStopping) return await this.done;
    this.#isStopping = true;
    this.#log.info('node stopping');
    await this.#undo.unwind();
    if (this.#failure === undefined) this.#ended.resolve();
    else this.#ended.reject(this.#failure);
  }

  /** It must not go on: it ends with this error, of which the first counts. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#log.error('this node must not go on', { error });
    this.stop().catch(() => undefined); // told by `done`
  }
}
