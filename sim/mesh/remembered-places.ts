import {
  type IndexedRecord,
  type Placement,
  type PlaceRecord,
  placed,
  type RecordIndex,
} from '../../src/replication/index.ts';

/**
 * What becomes of a record in an index is a function of both. A thousand nodes that take the same changes in the
 * same order thus come to one index, which they share, with its digests, instead of a thousand equal ones.
 */
export class RememberedPlaces {
  /** As long as a node holds an index, what others made of it. */
  readonly #of = new WeakMap<RecordIndex, Map<IndexedRecord, Placement>>();

  readonly place: PlaceRecord = (record, index, limits) => {
    let places = this.#of.get(index);
    if (places === undefined) {
      places = new Map();
      this.#of.set(index, places);
    }
    let placement = places.get(record);
    if (placement === undefined) {
      placement = placed(record, index, limits);
      places.set(record, placement);
    }
    return placement;
  };
}
