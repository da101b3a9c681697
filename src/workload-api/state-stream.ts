import { OneAtATime, type Result } from '../core/index.ts';
import type { RpcCall, RpcCode, RpcStatus } from '../ports/index.ts';

export interface StateStreamParts<State> {
  readonly call: Pick<RpcCall<unknown>, 'send' | 'end'>;
  /** What is to be shown now: the same value as long as nothing is different; undefined: nothing yet. */
  readonly current: () => Promise<Result<State | undefined, RpcStatus>>;
  /** The message for it, or undefined when it says nothing new to this caller. */
  readonly encode: (state: State) => Uint8Array | undefined;
  /** The first answer, or why there is none. */
  readonly answered: (result: RpcCode) => void;
}

/**
 * Shows a caller something that changes: whole and at once, and again each time that it is another. A
 * caller that does not keep up misses what was in between, never the last: nothing waits for it.
 */
export class StateStream<State> {
  readonly #parts: StateStreamParts<State>;
  readonly #looks = new OneAtATime(() => this.#look());
  #shown: State | undefined;
  #isFull = false;
  #isClosed = false;
  #hasAnswered = false;

  constructor(parts: StateStreamParts<State>) {
    this.#parts = parts;
  }

  /** What is shown may be another. */
  look(): void {
    this.#looks.want();
  }

  drained(): void {
    this.#isFull = false;
    this.look();
  }

  closed(): void {
    this.#isClosed = true;
  }

  async #look(): Promise<void> {
    try {
      this.#show(await this.#parts.current());
    } catch (error) {
      // A defect of ours: this caller asks again, and the others are served.
      this.#end({ code: 'internal', message: `what is due cannot be told: ${String(error)}` });
    }
  }

  #show(state: Result<State | undefined, RpcStatus>): void {
    if (this.#isClosed) return;
    if (!state.ok) {
      this.#end(state.error);
      return;
    }
    if (state.value === undefined || state.value === this.#shown || this.#isFull) return;
    this.#shown = state.value;
    const message = this.#parts.encode(state.value);
    if (message === undefined) return;
    this.#answered('ok');
    this.#isFull = !this.#parts.call.send(message);
  }

  #end(status: RpcStatus): void {
    this.#answered(status.code);
    this.#parts.call.end(status);
  }

  #answered(result: RpcCode): void {
    if (this.#hasAnswered && result === 'ok') return;
    this.#hasAnswered = true;
    this.#parts.answered(result);
  }
}
