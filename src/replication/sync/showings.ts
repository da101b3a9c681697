import {
  OWN_SPREAD_MS,
  SHOWINGS_AT_ONCE,
  SHOWINGS_PERIOD_MS,
  SPREAD_MS,
  SPREAD_PEERS,
} from './limits.ts';

/**
 * To how many random peers this node has still to show what it holds, and how soon. What it learned it may show many times at
 * once, as after a partition, and then seldom: a liar that says old news all day, each of it to one member, would
 * otherwise keep a whole mesh comparing. What it says itself is paced by whoever has it say that.
 */
export class Showings {
  #own = 0;
  #learned = 0;
  #allowed = SHOWINGS_AT_ONCE;
  #at = 0;

  /** This node said something that nobody is in a hurry for. */
  said(): void {
    this.#own = SPREAD_PEERS;
  }

  /** A comparison brought what gossip had missed. */
  learned(): void {
    this.#learned = SPREAD_PEERS;
  }

  /** A peer that was shown it held it all: the news is old, and who lacks it will hear of it from others. */
  wasKnown(): void {
    this.#own = 0;
  }

  /** Before the next one, milliseconds, plus up to as much again; undefined when none is left. */
  get paceMs(): number | undefined {
    if (this.#learned > 0) return SPREAD_MS;
    return this.#own > 0 ? OWN_SPREAD_MS : undefined;
  }

  /** May one more be shown? It counts for both. Times are monotonic. */
  take(now: number): boolean {
    this.#allowed = Math.min(
      SHOWINGS_AT_ONCE,
      this.#allowed + (now - this.#at) / SHOWINGS_PERIOD_MS,
    );
    this.#at = now;
    if (this.#own === 0 && (this.#learned === 0 || this.#allowed < 1)) {
      this.end();
      return false;
    }
    if (this.#own === 0) this.#allowed--;
    this.#own = Math.max(0, this.#own - 1);
    this.#learned = Math.max(0, this.#learned - 1);
    return true;
  }

  /** There is nobody left who has not seen it. */
  end(): void {
    this.#own = 0;
    this.#learned = 0;
  }
}
