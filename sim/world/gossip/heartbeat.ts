import { SimTimer } from '../clock.ts';
import { HEARTBEAT_MS } from './limits.ts';
import type { Topics } from './topics.ts';

/** One member's heartbeat: each second at a moment of its own, left out while there is nothing to do in it. */
export class Heartbeat {
  readonly #topics: Topics;
  readonly #firstAt: number;
  readonly #run = (): void => this.#beat();
  #isAwake = false;

  constructor(topics: Topics) {
    const { own } = topics;
    this.#topics = topics;
    this.#firstAt = own.now + HEARTBEAT_MS * own.process.random.fraction();
  }

  /** There is something to do in the next one. */
  wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    const { now, process } = this.#topics.own;
    const since = Math.floor((now - this.#firstAt) / HEARTBEAT_MS) + 1;
    const nextAt = this.#firstAt + Math.max(0, since) * HEARTBEAT_MS;
    new SimTimer(process, nextAt - now, this.#run, false);
  }

  #beat(): void {
    this.#isAwake = false;
    if (this.#topics.beat()) this.wake();
  }
}
