import { LOST } from '../network.ts';
import type { Turn } from '../process.ts';
import type { WorldEvent } from '../timeline.ts';
import type { Link } from './connection.ts';
import { RETRY_MS } from './limits.ts';

/** What travels on a connection, whole and in order. */
export interface Frame {
  /** Of its content, for the trace. */
  readonly digest: number;
  arrive(at: Link): void;
}

/** In the trace. */
const FRAME = 3;

/**
 * One way of a connection, as a kernel keeps it: frames arrive in order, and while the way is cut they wait and are
 * sent again, whatever became of the process that sent them.
 */
export class Lane {
  readonly #from: Link;
  #lastArrival = 0;
  /** Sent, and not arriving while the way is cut; undefined while it is not. */
  #stalled: { readonly frame: Frame; readonly bytes: number }[] | undefined;

  constructor(from: Link) {
    this.#from = from;
  }

  carry(frame: Frame, bytes: number): void {
    if (this.#stalled !== undefined) {
      this.#stalled.push({ frame, bytes });
      return;
    }
    const { own, other } = this.#from;
    const { timeline } = own.process;
    const transitMs = own.host.network.streamMs(own.host, other.own.host, bytes);
    if (transitMs === LOST) {
      this.#stalled = [{ frame, bytes }];
      this.#retry(RETRY_MS);
      return;
    }
    this.#lastArrival = Math.max(this.#lastArrival, timeline.now + transitMs);
    timeline.add(this.#lastArrival, new FrameArrival(other, frame));
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
      if (own.host.network.isCut(own.host, other.own.host)) {
        this.#retry(2 * inMs);
        return;
      }
      this.#stalled = undefined;
      for (const { frame, bytes } of stalled) this.carry(frame, bytes);
    };
    timeline.add(timeline.now + inMs, { happen: again });
  }
}

class FrameArrival implements WorldEvent, Turn {
  readonly isTimer = false;
  readonly #to: Link;
  readonly #frame: Frame;

  constructor(to: Link, frame: Frame) {
    this.#to = to;
    this.#frame = frame;
  }

  happen(): void {
    this.#to.own.process.turn(this);
  }

  run(): void {
    if (this.#to.isClosed) return;
    const { host, process: receiver } = this.#to.own;
    const { trace, now } = receiver.timeline;
    trace.note(now, host.number, FRAME, this.#frame.digest);
    this.#frame.arrive(this.#to);
  }
}
