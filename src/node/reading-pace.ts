import { sha256Hex } from '../crypto/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { Clock } from '../ports/index.ts';
import { TokenBucket } from './token-bucket.ts';

/** Milliseconds of a processor that changes of one list's policies may take at once, some six of 1,000 policies, and with each second. */
const READING_MS = { most: 3_000, perSecond: 50 };
/** Of policies of the mesh, which governors sign. */
const OF_THE_MESH: string = '';

/** By namespace: what its policies are, as a digest. */
export type PolicyLists = ReadonlyMap<string, string>;

export function policyLists(
  policies: TrustSet['policies'],
  headers: readonly string[],
): PolicyLists {
  const byNamespace = Map.groupBy(policies, ({ namespace }): string => namespace ?? OF_THE_MESH);
  const spelled = [OF_THE_MESH, ...byNamespace.keys()].map((namespace) => {
    const files = (byNamespace.get(namespace) ?? []).map(({ name, text }) => [name, text]);
    return [
      namespace,
      JSON.stringify(namespace === OF_THE_MESH ? [files, headers] : files),
    ] as const;
  });
  return new Map(spelled.map(([namespace, text]) => [namespace, sha256Hex(Buffer.from(text))]));
}

/** Namespaces whose policies are others than before. */
export const changedLists = (before: PolicyLists, now: PolicyLists): readonly string[] =>
  [...new Set([...before.keys(), ...now.keys()])].filter((one) => before.get(one) !== now.get(one));

/**
 * How soon a node reads policies that came into force. Each list has a time of its own: whoever signs one team's can change it
 * again and again, and what others change meanwhile does not wait for it. What counts is processor time: on a busy
 * machine a reading takes long, and delaying the next ones would make nobody faster.
 */
export class ReadingPace {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #processorMs: () => number;
  /** Of lists that took time of late. */
  readonly #buckets = new Map<string, TokenBucket>();

  /** `processorMs`: what this thread has used so far. */
  constructor(clock: Pick<Clock, 'monotonic'>, processorMs: () => number) {
    this.#clock = clock;
    this.#processorMs = processorMs;
  }

  /** Until one of these lists has time left, milliseconds. */
  waitMs(lists: readonly string[]): number {
    const waitsMs = lists.map((list) => this.#buckets.get(list)?.waitMs() ?? 0);
    return waitsMs.length === 0 ? 0 : Math.min(...waitsMs);
  }

  /** Reads what changed in these lists, and counts how long it took. */
  timed<T>(lists: readonly string[], read: () => T): T {
    const startMs = this.#processorMs();
    try {
      return read();
    } finally {
      const tookMs = this.#processorMs() - startMs;
      for (const [list, bucket] of this.#buckets) if (bucket.isFull()) this.#buckets.delete(list);
      for (const list of lists) {
        const bucket = this.#buckets.get(list) ?? new TokenBucket(READING_MS, this.#clock);
        bucket.spend(tookMs);
        this.#buckets.set(list, bucket);
      }
    }
  }
}
