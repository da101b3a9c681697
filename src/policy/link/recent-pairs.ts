/**
 * Values by two texts, the most recently used kept: a full generation becomes the old one, and what is asked for
 * again moves to the new one. Unlike an LRU list, finding a value changes nothing and makes no garbage.
 */
export class RecentPairs<V> {
  readonly #generationSize: number;
  #young = new Map<string, Map<string, V>>();
  #old = new Map<string, Map<string, V>>();
  #youngSize = 0;

  /** Keeps at most twice `generationSize` values, and always the last `generationSize` that were used. */
  constructor(generationSize: number) {
    this.#generationSize = generationSize;
  }

  get(first: string, second: string): V | undefined {
    const value = this.#young.get(first)?.get(second);
    if (value !== undefined) return value;
    const older = this.#old.get(first)?.get(second);
    if (older !== undefined) this.set(first, second, older);
    return older;
  }

  set(first: string, second: string, value: V): void {
    if (this.#youngSize === this.#generationSize) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngSize = 0;
    }
    let inner = this.#young.get(first);
    if (inner === undefined) {
      inner = new Map();
      this.#young.set(first, inner);
    }
    if (!inner.has(second)) this.#youngSize += 1;
    inner.set(second, value);
  }
}
