import { SimTimer } from '../clock.ts';
import { contentDigest } from '../trace.ts';
import type { Link } from './connection.ts';
import type { Frame } from './lane.ts';
import { EXCHANGE_BYTES } from './wire-cost.ts';

/** An answer, or why there is none. */
export type Outcome = Uint8Array | Error;

/** A question as its asker has it, and as it travels; what comes after its end is ignored. */
export class Question implements Frame {
  readonly link: Link;
  readonly protocol: string;
  readonly request: Uint8Array;
  readonly digest: number;
  readonly outcome: Promise<Outcome>;
  readonly #askedAt: number;
  readonly #timeoutMs: number;
  #resolve: ((outcome: Outcome) => void) | undefined;
  /** Until its stream is negotiated, then until it is too late for an answer. */
  #timer: SimTimer;

  constructor(link: Link, protocol: string, request: Uint8Array, timeoutMs: number) {
    this.link = link;
    this.protocol = protocol;
    this.request = request;
    this.digest = contentDigest(request);
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#askedAt = link.own.now;
    this.#timeoutMs = timeoutMs;
    this.#timer = new SimTimer(link.own.process, link.roundTripMs, () => this.#send(), false);
  }

  end(outcome: Outcome): void {
    this.#timer.cancel();
    this.#resolve?.(outcome);
  }

  arrive(at: Link): void {
    at.own.exchanges.asked(at, this);
  }

  #send(): void {
    const { own } = this.link;
    const leftMs = this.#askedAt + this.#timeoutMs - own.now;
    const late = (): void => this.end(new Error(`no answer within ${this.#timeoutMs} ms`));
    this.#timer = new SimTimer(own.process, leftMs, late, false);
    this.link.send('request', EXCHANGE_BYTES + this.request.length, this);
  }
}
