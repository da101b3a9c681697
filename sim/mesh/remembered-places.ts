import { Lru } from '../../src/core/index.ts';
import {
  type IndexedRecord,
  type Placement,
  type PlaceRecord,
  placed,
  type RecordIndex,
} from '../../src/replication/index.ts';

/** Indices that are found again by what they hold: as many as nodes come to while some changes spread. */
const MAX_INDICES = 1_024;

/**
 * What becomes of a record in an index is a function of both. A thousand nodes that take the same changes, in
 * whatever order, thus come to one index, which they share, with its digests, instead of a thousand equal ones.
 */
export class RememberedPlaces {
  /** As long as a node holds an index, what others made of it. */
  readonly #of = new WeakMap<RecordIndex, Map<IndexedRecord, Placement>>();
  readonly #sums = new WeakMap<RecordIndex, number>();
  readonly #bySum = new Lru<number, RecordIndex>(MAX_INDICES);

  readonly place: PlaceRecord = (record, index, limits) => {
    let places = this.#of.get(index);
    if (places === undefined) {
      places = new Map();
      this.#of.set(index, places);
    }
    let placement = places.get(record);
    if (placement === undefined) {
      placement = this.#shared(placed(record, index, limits), record, index);
      places.set(record, placement);
    }
    return placement;
  };

  /** The same, with the index that others came to who took the same records in another order. */
  #shared(placement: Placement, record: IndexedRecord, before: RecordIndex): Placement {
    if (placement.standing !== 'new') return placement;
    const { index, gone, held } = placement;
    const left = held === undefined || gone.includes(held) ? gone : [held, ...gone];
    const sum = left.reduce(
      (rest, one) => added(rest, MODULUS - numberOf(one)),
      added(this.#sumOf(before), numberOf(record)),
    );
    const known = this.#bySum.get(sum);
    if (known !== undefined) return { ...placement, index: known };
    this.#bySum.set(sum, index);
    this.#sums.set(index, sum);
    return placement;
  }

  /** Of the numbers of all records in it: equal sums, equal indices, unless parts of SHA-256 collide. */
  #sumOf(index: RecordIndex): number {
    const known = this.#sums.get(index);
    if (known !== undefined) return known;
    const sum = index.records().reduce((rest, one) => added(rest, numberOf(one)), 0);
    this.#sums.set(index, sum);
    return sum;
  }
}

/** So many hex digits of a hash are a number of 52 bits: two of them add up exactly. */
const DIGITS = 13;
const MODULUS = 16 ** DIGITS;

const numberOf = ({ hash }: IndexedRecord): number => Number.parseInt(hash.slice(0, DIGITS), 16);
const added = (a: number, b: number): number => (a + b) % MODULUS;
