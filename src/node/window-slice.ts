import type { SpiffeId } from '../core/index.ts';
import type { SampledDecision } from '../policy/index.ts';

/** Distinct decisions of three minutes: some hundred bytes each, 2 KiB at most. */
export const MAX_DECISIONS = 1_024;
/** Pairs of caller and service that one workload may tell of: it alone says that they are. */
export const MAX_PAIRS_PER_WORKLOAD = 256;

/** What one caller does with one service, by {@link WindowSlice.add}'s key; what was not repeated for longest is first. */
type Pair = Map<string, SampledDecision>;

/**
 * The decisions of some minutes, equal ones counted together. When it is full, the pair with the most of it gives up
 * what it did not repeat for longest, and what is left of the pair takes over its weight: so all calls between any two
 * are counted, though not each of their paths is held.
 */
export class WindowSlice {
  /** By the monotonic clock, milliseconds. */
  readonly begunAt: number;
  readonly #pairs = new Map<string, Pair>();
  readonly #pairsOf = new Map<SpiffeId, number>();
  #size = 0;

  constructor(begunAt: number) {
    this.begunAt = begunAt;
  }

  /** `by`: the workload that tells of it. `key`: the same for what policies tell apart by its time alone. */
  add(by: SpiffeId, { request, weight }: SampledDecision, key: string): void {
    const name = `${by} ${request.principal} ${request.resource}`;
    const pair = this.#pairs.get(name) ?? this.#newPair(by, name);
    if (pair === undefined) return;
    const before = pair.get(key)?.weight ?? this.#makeRoom(pair);
    pair.delete(key);
    pair.set(key, { request, weight: weight + before });
  }

  *decisions(): Generator<SampledDecision> {
    for (const pair of this.#pairs.values()) yield* pair.values();
  }

  /** Undefined when there is no place for one more. */
  #newPair(by: SpiffeId, name: string): Pair | undefined {
    const count = this.#pairsOf.get(by) ?? 0;
    if (count >= MAX_PAIRS_PER_WORKLOAD || this.#pairs.size >= MAX_DECISIONS) return undefined;
    this.#pairsOf.set(by, count + 1);
    const pair: Pair = new Map();
    this.#pairs.set(name, pair);
    return pair;
  }

  /** Returns the weight that the next decision of `pair` takes over. */
  #makeRoom(pair: Pair): number {
    if (this.#size < MAX_DECISIONS) {
      this.#size += 1;
      return 0;
    }
    const hasItsShare = pair.size * this.#pairs.size >= MAX_DECISIONS;
    const giver = hasItsShare ? pair : this.#largest();
    const weight = takeFirst(giver);
    if (giver === pair) return weight;
    const [heir] = giver;
    if (heir !== undefined) giver.set(heir[0], { ...heir[1], weight: heir[1].weight + weight });
    return 0;
  }

  /** There are fewer pairs than decisions when one of them has none yet, so it has two at least. */
  #largest(): Pair {
    let largest: Pair = new Map();
    for (const pair of this.#pairs.values()) if (pair.size > largest.size) largest = pair;
    return largest;
  }
}

function takeFirst(pair: Pair): number {
  const [first] = pair;
  if (first === undefined) return 0;
  pair.delete(first[0]);
  return first[1].weight;
}
