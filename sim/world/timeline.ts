import { drainMicrotasks } from 'bun:jsc';
import { EventQueue, type EventSlot } from './event-queue.ts';
import { Trace } from './trace.ts';

/** Something that happens at one moment. */
export interface WorldEvent {
  happen(): void;
}

/**
 * Virtual time: what is to happen, in one order, on one thread. Promises that an event settled have
 * run their course before the next event happens.
 */
export class Timeline {
  readonly trace = new Trace();
  readonly #queue = new EventQueue<WorldEvent>();
  #now = 0;
  #happened = 0;

  /** Milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** Events so far. */
  get happened(): number {
    return this.#happened;
  }

  /** Events to come. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Lets `event` happen at `at`, or at once when that is past. */
  add(at: number, event: WorldEvent): EventSlot {
    return this.#queue.add(at > this.#now ? at : this.#now, event);
  }

  /** Of an event that has not happened. */
  remove(slot: EventSlot): void {
    this.#queue.remove(slot);
  }

  /** Takes back all events for which `isMoot` holds. */
  removeAll(isMoot: (event: WorldEvent) => boolean): void {
    const moot = [...this.#queue.waiting()].filter(([, event]) => isMoot(event));
    for (const [slot] of moot) this.#queue.remove(slot);
  }

  /** Lets everything happen that is due until then; what an event throws comes out here. */
  runUntil(endMs: number): void {
    drainMicrotasks();
    while (this.#queue.soonest <= endMs) {
      this.#now = this.#queue.soonest;
      const event = this.#queue.take();
      this.#happened++;
      event?.happen();
      drainMicrotasks();
    }
    this.#now = Math.max(this.#now, endMs);
  }
}
