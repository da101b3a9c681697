import type { EpochMs } from '../ports/index.ts';
import type { Handle } from './swim/roster.ts';

/** Members whose clocks are compared: with fewer, one wrong clock would be the judge. */
const MIN_SAMPLES = 3;
/** The latest of as many members. Most of them would have to lie to move the median. */
const MAX_SAMPLES = 15;

/** How far the other members' clocks are ahead of this host's, by what they say of the time when they answer. */
export class ClockOffset {
  /** In the order in which they were heard. */
  readonly #members: Handle[] = [];
  readonly #offsets: number[] = [];

  /** Members that are compared with now. */
  get size(): number {
    return this.#members.length;
  }

  /** An answer that was sent at `theirs` by its sender's clock came at `ours`, `roundTripMs` after it was asked for. */
  heard(member: Handle, theirs: EpochMs, ours: EpochMs, roundTripMs: number): void {
    this.forget(member);
    if (this.#members.length === MAX_SAMPLES) this.#drop(0);
    this.#members.push(member);
    this.#offsets.push(theirs + roundTripMs / 2 - ours);
  }

  forget(member: Handle): void {
    const at = this.#members.indexOf(member);
    if (at >= 0) this.#drop(at);
  }

  /** The median, milliseconds; undefined while fewer than {@link MIN_SAMPLES} members answered. */
  medianMs(): number | undefined {
    const offsets = this.#offsets.toSorted((a, b) => a - b);
    if (offsets.length < MIN_SAMPLES) return undefined;
    return offsets[Math.floor(offsets.length / 2)];
  }

  #drop(at: number): void {
    this.#members.splice(at, 1);
    this.#offsets.splice(at, 1);
  }
}
