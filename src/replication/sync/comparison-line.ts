import type { PeerId } from '../../ports/index.ts';
import { MAX_COMPARISONS } from './limits.ts';

/** Peers in the order in which they are compared with: each once in the line, and with each one comparison at a time. */
export class ComparisonLine {
  readonly #compare: (peer: PeerId) => Promise<void>;
  readonly #waiting = new Set<PeerId>();
  readonly #running = new Set<PeerId>();

  /** `compare` never rejects. */
  constructor(compare: (peer: PeerId) => Promise<void>) {
    this.#compare = compare;
  }

  add(peer: PeerId): void {
    this.#waiting.add(peer);
    this.#next();
  }

  clear(): void {
    this.#waiting.clear();
  }

  #next(): void {
    for (const peer of this.#waiting) {
      if (this.#running.size >= MAX_COMPARISONS) return;
      if (this.#running.has(peer)) continue;
      this.#waiting.delete(peer);
      void this.#run(peer);
    }
  }

  async #run(peer: PeerId): Promise<void> {
    this.#running.add(peer);
    await this.#compare(peer);
    this.#running.delete(peer);
    this.#next();
  }
}
