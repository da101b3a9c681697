import { byText, placeIn, putInOrder } from '../core/index.ts';
import type { SnapshotEndpoint } from './snapshot.ts';

/** Where a service is: in the order of their ids, each once; never changed. */
export type Endpoints = readonly SnapshotEndpoint[];

/** How one list becomes another. */
export interface EndpointChanges {
  /** In place of those of the same ids, or beside the others. */
  readonly put: Endpoints;
  readonly removed: readonly string[];
}

/** One line: equal lines, equal endpoints. */
export const endpointLine = ({ id, node, address, port, labels }: SnapshotEndpoint): string =>
  JSON.stringify([id, node, address, port, ...inOrder(labels)]);

const inOrder = (labels: SnapshotEndpoint['labels']): string[] =>
  Object.entries(labels)
    .sort(byText(([name]) => name))
    .flat();

export const areAlike = (a: SnapshotEndpoint, b: SnapshotEndpoint): boolean =>
  a === b ||
  (a.id === b.id &&
    a.node === b.node &&
    a.address === b.address &&
    a.port === b.port &&
    JSON.stringify(inOrder(a.labels)) === JSON.stringify(inOrder(b.labels)));

/** The list with these changes; it shares all endpoints that stay. Ids that are not there may be removed. */
export function changed(list: Endpoints, { put, removed }: EndpointChanges): Endpoints {
  const next = list.slice();
  for (const id of removed) {
    const place = placeIn(next, id);
    if (next[place]?.id === id) next.splice(place, 1);
  }
  for (const endpoint of put) putInOrder(next, endpoint);
  return next;
}

/**
 * What has to be done to `before` to get `after`, both in the order of their ids; one step for each item, and no
 * look into those that are the same object.
 */
export function differences<Item extends { readonly id: string }>(
  before: readonly Item[],
  after: readonly Item[],
  alike: (a: Item, b: Item) => boolean,
): { readonly put: readonly Item[]; readonly removed: readonly string[] } {
  const put: Item[] = [];
  const removed: string[] = [];
  let [at, to] = [0, 0];
  while (at < before.length || to < after.length) {
    const [old, now] = [before[at], after[to]];
    if (now === undefined || (old !== undefined && old !== now && old.id < now.id)) {
      if (old !== undefined) removed.push(old.id);
      at += 1;
    } else if (old === undefined || (old !== now && now.id < old.id)) {
      put.push(now);
      to += 1;
    } else {
      if (old !== now && !alike(old, now)) put.push(now);
      at += 1;
      to += 1;
    }
  }
  return { put, removed };
}
