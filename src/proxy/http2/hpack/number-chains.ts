/** As many as there are fields in a table of ordinary traffic. */
const CHAINS = 64;

/**
 * Which fields of a dynamic table share a hash, by their numbers and newest first. A number whose field has
 * left the table needs no unlinking: all that follow it are older, and have left as well. After 2^32 fields numbers no longer
 * fit, and nothing is found any more, which costs octets alone.
 */
export class NumberChains {
  /** By hash. */
  readonly #newest = new Uint32Array(CHAINS);
  /** By slot: the next older number of the same chain. */
  readonly #older: Uint32Array;
  readonly #mask: number;

  /** `slots`: of the table, a power of two. */
  constructor(slots: number) {
    this.#older = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  /** 0 when nothing ever had this hash. */
  newest(hash: number): number {
    return this.#newest[hash & (CHAINS - 1)] ?? 0;
  }

  /** `number` must still be in the table. */
  olderThan(number: number): number {
    return this.#older[number & this.#mask] ?? 0;
  }

  link(hash: number, number: number): void {
    this.#older[number & this.#mask] = this.newest(hash);
    this.#newest[hash & (CHAINS - 1)] = number;
  }
}
