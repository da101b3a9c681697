import type { NodeName, ServiceKey } from '../core/index.ts';
import type { RecordId } from '../replication/index.ts';
import type { Endpoint } from './endpoint.ts';
import { type EndpointList, Endpoints } from './endpoint-list.ts';

/**
 * Endpoints of one service that get traffic on one node, those whose ids are first: the service's other nodes must
 * not be lost among what a stolen one makes up, which may be as much as it may say at all.
 */
export const MAX_OFFERED_PER_NODE = 64;

const NONE: EndpointList = [];

/** All endpoints, by the service that they claim and by the node that claims them. */
export class EndpointTable {
  readonly #byService = new Map<ServiceKey, Endpoints>();
  readonly #byNode = new Map<NodeName, Endpoints>();
  /** Those of a service that get traffic, and of which list, once somebody has asked. */
  readonly #offered = new Map<
    ServiceKey,
    { readonly all: EndpointList; readonly offered: EndpointList }
  >();

  of(service: ServiceKey): EndpointList {
    return this.#byService.get(service)?.list ?? NONE;
  }

  on(node: NodeName): EndpointList {
    return this.#byNode.get(node)?.list ?? NONE;
  }

  /**
   * The ready ones; where there are none, the unreachable ones: sidecars may serve while the process of
   * their node is gone, and who calls them asks for their identity all the same. The very same list until one of
   * them is another: who may not serve cannot make others build what they show anew.
   */
  offered(service: ServiceKey): EndpointList {
    const all = this.of(service);
    const known = this.#offered.get(service);
    if (known?.all === all) return known.offered;
    if (all.length === 0) return NONE;
    const now = offeredOf(all);
    const offered = known !== undefined && isSame(known.offered, now) ? known.offered : now;
    this.#offered.set(service, { all, offered });
    return offered;
  }

  nodes(): Iterable<NodeName> {
    return this.#byNode.keys();
  }

  /** In the order of their ids. */
  all(): EndpointList {
    return [...this.#byNode.keys()].toSorted().flatMap((node) => this.on(node));
  }

  /** Puts an endpoint in the place of the one with its id; returns the services whose endpoints are others now. */
  put(endpoint: Endpoint): readonly ServiceKey[] {
    const { id, node, claim } = endpoint;
    const { service } = claim;
    const own = endpointsAt(this.#byNode, node);
    const before = own.find(id)?.claim.service ?? service;
    if (before !== service) this.#leave(before, id);
    own.put(endpoint);
    endpointsAt(this.#byService, service).put(endpoint);
    return before === service ? [service] : [before, service];
  }

  /** Returns the service that it claimed; undefined when there is none of that id. */
  remove(node: NodeName, id: RecordId): ServiceKey | undefined {
    const own = this.#byNode.get(node);
    const service = own?.find(id)?.claim.service;
    if (own === undefined || service === undefined) return undefined;
    own.remove(id);
    if (own.isEmpty) this.#byNode.delete(node);
    this.#leave(service, id);
    return service;
  }

  #leave(service: ServiceKey, id: RecordId): void {
    const endpoints = this.#byService.get(service);
    endpoints?.remove(id);
    if (endpoints?.isEmpty !== true) return;
    this.#byService.delete(service);
    this.#offered.delete(service);
  }
}

/** Those under a key, none at first. */
function endpointsAt<Key>(table: Map<Key, Endpoints>, key: Key): Endpoints {
  let endpoints = table.get(key);
  if (endpoints === undefined) {
    endpoints = new Endpoints();
    table.set(key, endpoints);
  }
  return endpoints;
}

function offeredOf(all: EndpointList): EndpointList {
  const ready = firstOfEachNode(all.filter(({ state }) => state === 'ready'));
  if (ready.length > 0) return ready;
  return firstOfEachNode(all.filter(({ state }) => state === 'unreachable'));
}

/** In the order of ids, which begin with the node, those of one node stand together. */
function firstOfEachNode(endpoints: EndpointList): EndpointList {
  return endpoints.filter(
    ({ node }, index) => endpoints[index - MAX_OFFERED_PER_NODE]?.node !== node,
  );
}

const isSame = (a: EndpointList, b: EndpointList): boolean =>
  a.length === b.length && a.every((endpoint, index) => endpoint === b[index]);
