import { placeIn, putInOrder } from '../core/index.ts';
import type { RecordId } from '../replication/index.ts';
import type { Endpoint } from './endpoint.ts';

/** Endpoints in the order of their ids, each once; never changed: whoever holds one may keep it. */
export type EndpointList = readonly Endpoint[];

/** Endpoints that come and go, and the list of them: copied only where somebody was shown it before. */
export class Endpoints {
  #list: Endpoint[] = [];
  #isShown = false;

  /** The very same one until one of them is another. */
  get list(): EndpointList {
    this.#isShown = true;
    return this.#list;
  }

  get isEmpty(): boolean {
    return this.#list.length === 0;
  }

  find(id: RecordId): Endpoint | undefined {
    const found = this.#list[placeIn(this.#list, id)];
    return found?.id === id ? found : undefined;
  }

  /** In the place of the one with its id. */
  put(endpoint: Endpoint): void {
    putInOrder(this.#unshown(), endpoint);
  }

  remove(id: RecordId): void {
    const place = placeIn(this.#list, id);
    if (this.#list[place]?.id === id) this.#unshown().splice(place, 1);
  }

  #unshown(): Endpoint[] {
    if (this.#isShown) this.#list = this.#list.slice();
    this.#isShown = false;
    return this.#list;
  }
}
