import { byText } from '../core/index.ts';
import { sha256Hex } from '../crypto/index.ts';
import {
  areAlike,
  changed,
  differences,
  type EndpointChanges,
  type Endpoints,
  endpointLine,
} from './endpoint-list.ts';

/** Of one service: about the root of the largest that are seen, so that a change reads as many lines as digests. */
const BUCKETS = 256;

/**
 * Endpoints by a part of a hash of their ids, each part with a digest: what changed is found, and the digest of
 * all kept up, by looking at the parts that are others now. The hash only spreads: whoever chooses ids that fall
 * into one part makes each change of that service cost what it would without parts, and gains nothing else.
 */
class EndpointBuckets {
  /** {@link BUCKETS} of them, undefined where nothing is. */
  readonly #buckets: readonly (Bucket | undefined)[];
  #digest: string | undefined;

  constructor(buckets: readonly (Bucket | undefined)[]) {
    this.#buckets = buckets;
  }

  static of(list: Endpoints): EndpointBuckets {
    const parts = Map.groupBy(list, ({ id }) => bucketOf(id));
    return new EndpointBuckets(
      Array.from({ length: BUCKETS }, (_, index) => {
        const part = parts.get(index);
        return part === undefined ? undefined : new Bucket(part);
      }),
    );
  }

  /** SHA-256 in hex; computed when it is asked for, once. */
  get digest(): string {
    const lines = () => this.#buckets.map((bucket) => bucket?.digest ?? '').join('\n');
    this.#digest ??= digestOf(lines());
    return this.#digest;
  }

  with({ put, removed }: EndpointChanges): EndpointBuckets {
    const buckets = this.#buckets.slice();
    const puts = Map.groupBy(put, ({ id }) => bucketOf(id));
    const removes = Map.groupBy(removed, bucketOf);
    for (const index of new Set([...puts.keys(), ...removes.keys()])) {
      const part = { put: puts.get(index) ?? [], removed: removes.get(index) ?? [] };
      const list = changed(buckets[index]?.list ?? [], part);
      buckets[index] = list.length === 0 ? undefined : new Bucket(list);
    }
    return new EndpointBuckets(buckets);
  }

  changesFrom(before: EndpointBuckets): EndpointChanges {
    const parts = this.#buckets.map((bucket, index) => {
      const old = before.#buckets[index];
      return bucket === old
        ? undefined
        : differences(old?.list ?? [], bucket?.list ?? [], areAlike);
    });
    return {
      put: parts.flatMap((part) => part?.put ?? []).sort(byText(({ id }) => id)),
      removed: parts.flatMap((part) => part?.removed ?? []).sort(),
    };
  }
}

class Bucket {
  readonly list: Endpoints;
  #digest: string | undefined;

  constructor(list: Endpoints) {
    this.list = list;
  }

  get digest(): string {
    this.#digest ??= digestOf(this.list.map(endpointLine).join('\n'));
    return this.#digest;
  }
}

const digestOf = (text: string): string => sha256Hex(new TextEncoder().encode(text));

/** FNV-1a, folded into one byte. */
function bucketOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  }
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (BUCKETS - 1);
}

/** What was found out about a list, kept for as long as somebody has the list. */
const known = new WeakMap<Endpoints, EndpointBuckets>();

function bucketsOf(list: Endpoints): EndpointBuckets {
  const there = known.get(list);
  if (there !== undefined) return there;
  const buckets = EndpointBuckets.of(list);
  known.set(list, buckets);
  return buckets;
}

/** SHA-256 in hex: equal digest, equal endpoints. Costs what was changed since the list that it was made from. */
export const endpointsDigest = (list: Endpoints): string => bucketsOf(list).digest;

export const endpointChanges = (before: Endpoints, after: Endpoints): EndpointChanges =>
  before === after ? NO_CHANGES : bucketsOf(after).changesFrom(bucketsOf(before));

const NO_CHANGES: EndpointChanges = { put: [], removed: [] };

/** The list with these changes, which knows its digest from the one before. */
export function withChanges(list: Endpoints, changes: EndpointChanges): Endpoints {
  const next = changed(list, changes);
  known.set(next, bucketsOf(list).with(changes));
  return next;
}
