import type { Clock, EpochMs, Timer } from '../../src/ports/index.ts';
import type { EventSlot } from './event-queue.ts';
import type { SimProcess, Turn } from './process.ts';
import type { Timeline, WorldEvent } from './timeline.ts';

/** When the world began, by a right clock. */
export const WORLD_EPOCH: EpochMs = Date.UTC(2030, 0, 1);

/** A host's clock as one of its processes sees it: off by what the host says, fast or slow by its drift. */
export class SimClock implements Clock {
  readonly #process: SimProcess;
  readonly #timeline: Timeline;
  /** How fast it goes: 1 is right. */
  readonly #pace: number;
  readonly #startedAt: number;

  constructor(own: SimProcess) {
    this.#process = own;
    this.#timeline = own.timeline;
    this.#pace = 1 + own.host.clockDrift;
    this.#startedAt = own.timeline.now;
  }

  now(): EpochMs {
    const { clockOffsetMs } = this.#process.host;
    return Math.floor(WORLD_EPOCH + clockOffsetMs + this.#timeline.now * this.#pace);
  }

  /** Since the process started. */
  monotonic(): number {
    return (this.#timeline.now - this.#startedAt) * this.#pace;
  }

  after(delayMs: number, run: () => void): Timer {
    return new SimTimer(this.#process, delayMs / this.#pace, run, false);
  }

  every(periodMs: number, run: () => void): Timer {
    return new SimTimer(this.#process, periodMs / this.#pace, run, true);
  }
}

const NOT_WAITING = -1;
/** In the trace. */
const TIMER = 1;

/** A timer of one process, and its place in the world's queue; gone from there when cancelled. */
export class SimTimer implements Timer, WorldEvent, Turn {
  readonly isTimer = true;
  readonly process: SimProcess;
  readonly #delayMs: number;
  readonly #run: () => void;
  readonly #isPeriodic: boolean;
  #slot: EventSlot = NOT_WAITING;
  #isCancelled = false;

  /** @param delayMs of the world's time */
  constructor(own: SimProcess, delayMs: number, run: () => void, isPeriodic: boolean) {
    this.process = own;
    this.#delayMs = delayMs;
    this.#run = run;
    this.#isPeriodic = isPeriodic;
    if (own.isAlive) this.#wait();
  }

  happen(): void {
    this.#slot = NOT_WAITING;
    this.process.turn(this);
  }

  run(): void {
    if (this.#isCancelled) return;
    const { timeline, host } = this.process;
    timeline.trace.note(timeline.now, host.number, TIMER, 0);
    if (this.#isPeriodic) this.#wait();
    this.#run();
  }

  cancel(): void {
    this.#isCancelled = true;
    if (this.#slot === NOT_WAITING) return;
    this.process.timeline.remove(this.#slot);
    this.#slot = NOT_WAITING;
  }

  #wait(): void {
    const { timeline } = this.process;
    this.#slot = timeline.add(timeline.now + this.#delayMs, this);
  }
}
