import type { SimHost } from '../host.ts';
import type { Turn } from '../process.ts';
import type { WorldEvent } from '../timeline.ts';
import type { Link } from './connection.ts';
import type { Copies } from './copies.ts';
import { RETRY_MS } from './limits.ts';

/** What travels on a connection, whole and in order. */
export interface Frame {
  /** Of its content, for the trace. */
  readonly digest: number;
  /** Where the same frame may come to a member on several connections, and all but the first change nothing. */
  readonly copies?: Copies;
  arrive(at: Link): void;
}

/** In the trace. */
const FRAME = 3;

/**
 * One way of a connection, as a kernel keeps it: frames arrive in order, and while the way is cut they wait and are
 * sent again, whatever became of the process that sent them.
 */
export class Lane {
  /** Without jitter and losses. */
  readonly latencyMs: number;
  readonly #from: Link;
  readonly #to: SimHost;
  #lastArrival = 0;
  /** Sent, and not arriving while the way is cut; undefined while it is not. */
  #stalled: { readonly frame: Frame; readonly bytes: number }[] | undefined;

  constructor(from: Link, to: SimHost) {
    this.latencyMs = to.network.latencyMs(from.own.host, to);
    this.#from = from;
    this.#to = to;
  }

  carry(frame: Frame, bytes: number): void {
    if (this.#stalled !== undefined) {
      this.#stalled.push({ frame, bytes });
      return;
    }
    const { own, other, farNumber } = this.#from;
    const { host, process } = own;
    if (host.network.isCut(host, this.#to)) {
      this.#stalled = [{ frame, bytes }];
      this.#retry(RETRY_MS);
      return;
    }
    const { timeline } = process;
    const arrivesAt = timeline.now + host.network.transferMs(this.latencyMs, bytes);
    this.#lastArrival = Math.max(this.#lastArrival, arrivesAt);
    const arrival = new FrameArrival(other, frame, this.#lastArrival);
    if (frame.copies === undefined) timeline.add(arrival.at, arrival);
    else frame.copies.send(arrival, farNumber, timeline);
  }

  /** The host is gone, and what waited with it. */
  drop(): void {
    this.#stalled = undefined;
  }

  #retry(inMs: number): void {
    const { own, other } = this.#from;
    const { timeline } = own.process;
    const again = (): void => {
      const stalled = this.#stalled;
      if (stalled === undefined || other.isClosed) return;
      if (own.host.network.isCut(own.host, this.#to)) {
        this.#retry(2 * inMs);
        return;
      }
      this.#stalled = undefined;
      for (const { frame, bytes } of stalled) this.carry(frame, bytes);
    };
    timeline.add(timeline.now + inMs, { happen: again });
  }
}

/** A frame that gets to one end of a connection at a moment, unless that end is closed by then. */
export class FrameArrival implements WorldEvent, Turn {
  readonly isTimer = false;
  readonly to: Link;
  readonly at: number;
  /** The next of those that wait for what becomes of this one. */
  behind: FrameArrival | undefined;
  readonly #frame: Frame;

  constructor(to: Link, frame: Frame, at: number) {
    this.to = to;
    this.at = at;
    this.#frame = frame;
  }

  happen(): void {
    this.to.own.process.turn(this);
  }

  run(): void {
    if (!this.to.isClosed) this.#arrive();
    this.#frame.copies?.arrived(this);
  }

  #arrive(): void {
    const { host, process: receiver } = this.to.own;
    const { trace, now } = receiver.timeline;
    trace.note(now, host.number, FRAME, this.#frame.digest);
    this.#frame.arrive(this.to);
  }
}
