/** What stands in a list that is in the order of its ids, each once. */
interface Placed {
  readonly id: string;
}

/** Where `id` stands in such a list, or would stand. */
export function placeIn(list: readonly Placed[], id: string): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = list[middle];
    if (there !== undefined && there.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts `item` into such a list, in the place of the one with its id. */
export function putInOrder<Item extends Placed>(list: Item[], item: Item): void {
  const place = placeIn(list, item.id);
  list.splice(place, list[place]?.id === item.id ? 1 : 0, item);
}
