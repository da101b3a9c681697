import type { RecordId } from '../replication/index.ts';
import type { Endpoint } from './endpoint.ts';

/** Endpoints in the order of their ids, each once; never changed: whoever holds one may keep it. */
export type EndpointList = readonly Endpoint[];

/** Where `id` stands, or would stand. */
function placeOf(list: EndpointList, id: RecordId): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = list[middle];
    if (there !== undefined && there.id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function findEndpoint(list: EndpointList, id: RecordId): Endpoint | undefined {
  const found = list[placeOf(list, id)];
  return found?.id === id ? found : undefined;
}

/** With these in the place of those of the same ids, and the others added. */
export function withEndpoints(list: EndpointList, endpoints: readonly Endpoint[]): EndpointList {
  const changed = list.slice();
  for (const endpoint of endpoints) {
    const place = placeOf(changed, endpoint.id);
    changed.splice(place, changed[place]?.id === endpoint.id ? 1 : 0, endpoint);
  }
  return changed;
}

export function withoutEndpoint(list: EndpointList, id: RecordId): EndpointList {
  const place = placeOf(list, id);
  return list[place]?.id === id ? list.toSpliced(place, 1) : list;
}
