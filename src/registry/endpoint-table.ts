import type { NodeName, ServiceKey } from '../core/index.ts';
import type { RecordId } from '../replication/index.ts';
import type { Endpoint } from './endpoint.ts';
import {
  type EndpointList,
  findEndpoint,
  withEndpoints,
  withoutEndpoint,
} from './endpoint-list.ts';

/**
 * Endpoints of one service that get traffic on one node, those whose ids are first: the service's other nodes must
 * not be lost among what a stolen one makes up, which may be as much as it may say at all.
 */
export const MAX_OFFERED_PER_NODE = 64;

const NONE: EndpointList = [];

/** All endpoints, by the service that they claim and by the node that claims them. */
export class EndpointTable {
  readonly #byService = new Map<ServiceKey, EndpointList>();
  readonly #byNode = new Map<NodeName, EndpointList>();
  /** Those of a service that get traffic, and of which list, once somebody has asked. */
  readonly #offered = new Map<
    ServiceKey,
    { readonly all: EndpointList; readonly offered: EndpointList }
  >();

  of(service: ServiceKey): EndpointList {
    return this.#byService.get(service) ?? NONE;
  }

  on(node: NodeName): EndpointList {
    return this.#byNode.get(node) ?? NONE;
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
    const before = findEndpoint(this.on(node), id)?.claim.service;
    if (before !== undefined && before !== claim.service) this.#leave(before, id);
    this.#byNode.set(node, withEndpoints(this.on(node), [endpoint]));
    this.#join(claim.service, [endpoint]);
    return before === undefined || before === claim.service
      ? [claim.service]
      : [before, claim.service];
  }

  /** The same for many of one node, whose services stay the same: each list is copied once. */
  replaceOn(node: NodeName, endpoints: readonly Endpoint[]): Iterable<ServiceKey> {
    this.#byNode.set(node, withEndpoints(this.on(node), endpoints));
    const byService = Map.groupBy(endpoints, ({ claim }) => claim.service);
    for (const [service, changed] of byService) this.#join(service, changed);
    return byService.keys();
  }

  /** Returns the service that it claimed; undefined when there is none of that id. */
  remove(node: NodeName, id: RecordId): ServiceKey | undefined {
    const service = findEndpoint(this.on(node), id)?.claim.service;
    if (service === undefined) return undefined;
    const left = withoutEndpoint(this.on(node), id);
    if (left.length === 0) this.#byNode.delete(node);
    else this.#byNode.set(node, left);
    this.#leave(service, id);
    return service;
  }

  #join(service: ServiceKey, endpoints: readonly Endpoint[]): void {
    this.#byService.set(service, withEndpoints(this.of(service), endpoints));
  }

  #leave(service: ServiceKey, id: RecordId): void {
    const left = withoutEndpoint(this.of(service), id);
    if (left.length > 0) {
      this.#byService.set(service, left);
      return;
    }
    this.#byService.delete(service);
    this.#offered.delete(service);
  }
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
