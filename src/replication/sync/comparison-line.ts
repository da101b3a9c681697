import type { PeerId } from '../../ports/index.ts';
import { MAX_COMPARISONS } from './limits.ts';

/** Peers in the order in which they are compared with: each once in the line, and with each one comparison at a time. */
export class ComparisonLine {
  readonly #compare: (peer: PeerId) => Promise<void>;
  readonly #waiting = new Set<PeerId>();
  readonly #running: PeerId[] = [];

  /** `compare` never rejects. */
  constructor(compare: (peer: PeerId) => Promise<void>) {
    this.#compare = compare;
  }

  add(peer: PeerId): void {
    if (this.#isFull || this.#running.includes(peer)) this.#waiting.add(peer);
    else void this.#run(peer);
  }

  clear(): void {
    this.#waiting.clear();
  }

  get #isFull(): boolean {
    return this.#running.length >= MAX_COMPARISONS;
  }

  async #run(peer: PeerId): Promise<void> {
    this.#running.push(peer);
    await this.#compare(peer);
    this.#running.splice(this.#running.indexOf(peer), 1);
    this.#next();
  }

  #next(): void {
    for (const peer of this.#waiting) {
      if (this.#isFull) return;
      if (this.#running.includes(peer)) continue;
      this.#waiting.delete(peer);
      void this.#run(peer);
    }
  }
}
