import { isDnsLabel, type NodeName } from '../../core/index.ts';
import type { RecordHead } from '../record.ts';

/**
 * A part of the records in force: hex digits with which the hashes of the writers' names begin, or
 * `<writer>/` and the digits with which the hashes of the names of that writer's records do. ''
 * is all there is, `<writer>/` all of one writer.
 */
export type RangePath = string;

const DIGITS = /^[0-9a-f]{0,64}$/;

/** Whose records a range is among, and where; without a writer it is among the writers. */
export interface RangeParts {
  readonly writer: NodeName | undefined;
  readonly digits: string;
}

/** Undefined when a text is no path. */
export function partsOf(path: RangePath): RangeParts | undefined {
  const slash = path.indexOf('/');
  const digits = path.slice(slash + 1);
  if (!DIGITS.test(digits)) return undefined;
  if (slash === -1) return { writer: undefined, digits };
  const writer = path.slice(0, slash);
  return isDnsLabel(writer) ? { writer: writer as NodeName, digits } : undefined; // a label, as just seen
}

/** One writer's records as a whole. */
export interface ShelfHead {
  readonly writer: NodeName;
  readonly epoch: number;
  /** Of all its records, shortened as in {@link RangeNode}. */
  readonly digest: string;
}

/**
 * What there is in a range: sixteen smaller ranges, or, where few things are left, these by name.
 * Digests and hashes are shortened to {@link SHORT_DIGEST_DIGITS}.
 */
export type RangeNode =
  /** One for each next digit, '' where there is nothing. */
  | { readonly kind: 'branch'; readonly digests: readonly string[] }
  | { readonly kind: 'writers'; readonly shelves: readonly ShelfHead[] }
  | { readonly kind: 'records'; readonly heads: readonly RecordHead[] };

/**
 * 128 bits of a SHA-256, in hex digits: whoever wants to hide a record from comparison behind
 * another one would have to try 2^64.
 */
export const SHORT_DIGEST_DIGITS = 32;

/** A digest as it is compared with those of others. */
export const shortened = (digest: string): string => digest.slice(0, SHORT_DIGEST_DIGITS);
