import { placeIn, putInOrder } from '../core/index.ts';
import type { RecordId } from '../replication/index.ts';
import type { Endpoint } from './endpoint.ts';

/** Endpoints in the order of their ids, each once; never changed: whoever holds one may keep it. */
export type EndpointList = readonly Endpoint[];

export function findEndpoint(list: EndpointList, id: RecordId): Endpoint | undefined {
  const found = list[placeIn(list, id)];
  return found?.id === id ? found : undefined;
}

/** With these in the place of those of the same ids, and the others added. */
export function withEndpoints(list: EndpointList, endpoints: readonly Endpoint[]): EndpointList {
  const changed = list.slice();
  for (const endpoint of endpoints) putInOrder(changed, endpoint);
  return changed;
}

export function withoutEndpoint(list: EndpointList, id: RecordId): EndpointList {
  const place = placeIn(list, id);
  return list[place]?.id === id ? list.toSpliced(place, 1) : list;
}
