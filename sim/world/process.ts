import { SimClock } from './clock.ts';
import { SimDatagrams } from './datagrams.ts';
import type { SimDisk } from './disk.ts';
import type { SimHost } from './host.ts';
import type { SimRandom } from './random.ts';
import type { Timeline } from './timeline.ts';

/** What a process does in one go: a timer's callback, or what it does with one message. */
export interface Turn {
  readonly isTimer: boolean;
  run(): void;
}

/** How a process ended: by itself, its connections closed by its kernel; or with its whole host, which says nothing. */
export type ProcessEnd = 'killed' | 'host-lost';

/**
 * One life of a program on a host, from its start to its end: the ports that it lives by. What it
 * does after its end has no effect.
 */
export class SimProcess {
  readonly host: SimHost;
  readonly timeline: Timeline;
  readonly random: SimRandom;
  readonly clock: SimClock;
  readonly datagrams: SimDatagrams;
  readonly store: SimDisk;
  #isAlive = true;
  #blockedSince = 0;
  #blockedUntil = 0;
  #latenessMs: (() => number) | undefined;
  /** When the last of the messages that wait is read. */
  #readUntil = Number.NEGATIVE_INFINITY;
  #overdue: Turn[] = [];
  #unread: Turn[] = [];
  readonly #onEnd: ((end: ProcessEnd) => void)[] = [];
  readonly #onStall: (() => void)[] = [];

  constructor(host: SimHost, timeline: Timeline, random: SimRandom) {
    this.host = host;
    this.timeline = timeline;
    this.random = random;
    this.clock = new SimClock(this);
    this.datagrams = new SimDatagrams(this);
    this.store = host.disk;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** It does nothing now, as if its processor were taken away. */
  get isBlocked(): boolean {
    return this.timeline.now < this.#blockedUntil;
  }

  /** Since when it is blocked, when it is. */
  get blockedSince(): number {
    return this.#blockedSince;
  }

  /** Its turn has come: now, or when it is no longer blocked; of a message, when it is read. */
  turn(turn: Turn): void {
    const { now } = this.timeline;
    const readAt = turn.isTimer
      ? now
      : Math.max(this.#readUntil, now + (this.#latenessMs?.() ?? 0));
    if (readAt === now) {
      this.#take(turn);
      return;
    }
    this.#readUntil = readAt;
    this.timeline.add(readAt, { happen: () => this.#take(turn) });
  }

  /** What comes waits for a while before it is looked at. */
  get isBehind(): boolean {
    return this.isBlocked || this.#latenessMs !== undefined;
  }

  /**
   * From now on each message is read so much later than it came, in the order in which they came, while timers
   * run on time: the member that is slow to process messages (Lifeguard, arXiv 1707.00788). Undefined: no more.
   */
  readLate(latenessMs: (() => number) | undefined): void {
    this.#latenessMs = latenessMs;
  }

  #take(turn: Turn): void {
    if (!this.#isAlive) return;
    if (!this.isBlocked) turn.run();
    else if (turn.isTimer) this.#overdue.push(turn);
    else this.#unread.push(turn);
  }

  /**
   * Takes its processor away for `durationMs`. Timers and messages wait; when it goes on, timers that
   * are overdue run first, then messages in order, as an event loop does after a long stall.
   */
  stall(durationMs: number): void {
    const { now } = this.timeline;
    if (!this.#isAlive || now + durationMs <= this.#blockedUntil) return;
    if (!this.isBlocked) this.#blockedSince = now;
    this.#blockedUntil = now + durationMs;
    this.timeline.add(this.#blockedUntil, { happen: () => this.#resume() });
    for (const tell of this.#onStall) tell();
  }

  onEnd(told: (end: ProcessEnd) => void): void {
    this.#onEnd.push(told);
  }

  onStall(told: () => void): void {
    this.#onStall.push(told);
  }

  /** For the host alone: nothing of this process happens any more. */
  end(end: ProcessEnd): void {
    this.#isAlive = false;
    this.#overdue = [];
    this.#unread = [];
    for (const tell of this.#onEnd) tell(end);
  }

  #resume(): void {
    if (this.isBlocked) return; // it was stalled for longer since
    const turns = [...this.#overdue, ...this.#unread];
    this.#overdue = [];
    this.#unread = [];
    for (const turn of turns) this.#take(turn);
  }
}
