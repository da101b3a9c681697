import type { NodeIndex } from '../witness/index.ts';
import type { Cut } from '../world/index.ts';

/**
 * How long after two members can reach each other again one may still hold the other dead: what was begun
 * before runs to its end, and the dead are tried again only now and then.
 */
export const RECOVERY_MS = 60_000;

/** What starts in the first moments of a run counts as having run before it. */
const FIRST_MOMENTS_MS = 1_000;

interface PastCut {
  readonly cut: Cut;
  endedAt: number;
}

/** Who could reach whom of late, as only somebody outside of the system knows. */
export class Reachability {
  readonly #startedAt: Float64Array;
  readonly #cuts: PastCut[] = [];

  constructor(nodes: number) {
    this.#startedAt = new Float64Array(nodes).fill(Number.POSITIVE_INFINITY);
  }

  started(node: NodeIndex, at: number): void {
    this.#startedAt[node] = at <= FIRST_MOMENTS_MS ? Number.NEGATIVE_INFINITY : at;
  }

  stopped(node: NodeIndex): void {
    this.#startedAt[node] = Number.POSITIVE_INFINITY;
  }

  /** Returns what tells the end of it. */
  cut(cut: Cut): (at: number) => void {
    const past = { cut, endedAt: Number.POSITIVE_INFINITY };
    this.#cuts.push(past);
    return (at) => {
      past.endedAt = at;
    };
  }

  /** Have both run, and could each reach the other, all through the last {@link RECOVERY_MS}? */
  couldReach(a: NodeIndex, b: NodeIndex, at: number): boolean {
    const since = at - RECOVERY_MS;
    const [startOfA = since, startOfB = since] = [this.#startedAt[a], this.#startedAt[b]];
    if (startOfA > since || startOfB > since) return false;
    return !this.#cuts.some(({ cut, endedAt }) => endedAt > since && (cut(a, b) || cut(b, a)));
  }
}
