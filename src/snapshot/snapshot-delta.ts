import { byText, err, ok, type Result, type ServiceKey } from '../core/index.ts';
import { type RevocationLists, Revocations } from '../crypto/index.ts';
import { endpointChanges, withChanges } from './endpoint-buckets.ts';
import type { EndpointChanges, Endpoints } from './endpoint-list.ts';
import { SNAPSHOT_LIMITS } from './limits.ts';
import type { ServiceHead, Snapshot, SnapshotHead, SnapshotService } from './snapshot.ts';
import { partText, serviceHead } from './snapshot-digest.ts';

/** How one snapshot becomes another. Each part is left out where nothing in it is different. */
export interface SnapshotDelta {
  readonly head?: SnapshotHead;
  readonly bundle?: Snapshot['bundle'];
  readonly revocations?: NonNullable<Snapshot['revocations']>;
  readonly authentications?: Snapshot['authentications'];
  /** Services that are not shown any more. */
  readonly gone?: readonly ServiceKey[];
  /** Services that are new, without endpoints at first, or different in something else than these. */
  readonly services?: readonly ServiceHead[];
  readonly endpoints?: readonly ServiceChanges[];
}

interface ServiceChanges extends Partial<EndpointChanges> {
  readonly service: ServiceKey;
}

const NONE: Endpoints = [];

/**
 * What has changed; undefined when it is shorter to tell the whole. It looks only at services whose value is
 * another one, and in these at the endpoints that are near one that changed.
 */
export function deltaBetween(before: Snapshot, after: Snapshot): SnapshotDelta | undefined {
  const old = new Map(before.services.map((service) => [service.key, service]));
  const services: ServiceHead[] = [];
  const endpoints: ServiceChanges[] = [];
  for (const service of after.services) {
    const was = old.get(service.key);
    old.delete(service.key);
    if (was === service) continue;
    const head = serviceHead(service);
    if (was === undefined || !isAlike(serviceHead(was), head)) services.push(head);
    const { put, removed } = endpointChanges(was?.endpoints ?? NONE, service.endpoints);
    if (put.length + removed.length > service.endpoints.length + 1) return undefined;
    if (put.length + removed.length === 0) continue;
    endpoints.push({ service: service.key, ...some('put', put), ...some('removed', removed) });
  }
  return {
    ...rulesBetween(before, after),
    ...some('gone', [...old.keys()]),
    ...some('services', services),
    ...some('endpoints', endpoints),
  };
}

function headOf(snapshot: Snapshot): SnapshotHead {
  const { bundle: _b, revocations: _r, authentications: _a, services: _s, ...head } = snapshot;
  return head;
}

const NOTHING_REVOKED: RevocationLists = Revocations.none.lists;

function rulesBetween(before: Snapshot, after: Snapshot): SnapshotDelta {
  const head: SnapshotHead = headOf(after);
  const { bundle, authentications, revocations = NOTHING_REVOKED } = after;
  return {
    ...(isAlike(headOf(before), head) ? {} : { head }),
    ...(isAlike(before.bundle, bundle) ? {} : { bundle }),
    ...(isAlike(before.revocations ?? NOTHING_REVOKED, revocations) ? {} : { revocations }),
    ...(isAlike(before.authentications, authentications) ? {} : { authentications }),
  };
}

const isAlike = (a: object, b: object): boolean => a === b || partText(a) === partText(b);

function some<Name extends string, Item>(name: Name, items: readonly Item[]) {
  // One field of that name, or none.
  return (items.length === 0 ? {} : { [name]: items }) as {
    readonly [N in Name]?: readonly Item[];
  };
}

/**
 * The snapshot with these changes; it shares with `before` all that they do not name. An error says why they
 * cannot be of this one, in words.
 */
export function withDelta(before: Snapshot, delta: SnapshotDelta): Result<Snapshot, string> {
  const { gone = [], services = [], endpoints = [] } = delta;
  const { bundle = before.bundle, authentications = before.authentications } = delta;
  const { revocations = before.revocations } = delta;
  const rules = { bundle, authentications, ...(revocations === undefined ? {} : { revocations }) };
  const head: SnapshotHead = delta.head ?? headOf(before);
  if (gone.length + services.length + endpoints.length === 0) {
    return ok({ ...head, ...rules, services: before.services });
  }
  const next = new Map(before.services.map((service) => [service.key, service]));
  for (const key of gone) {
    if (!next.delete(key)) return err(`it takes away ${key}, which is not there`);
  }
  for (const service of services) {
    next.set(service.key, { ...service, endpoints: next.get(service.key)?.endpoints ?? NONE });
  }
  for (const { service: key, put = [], removed = [] } of endpoints) {
    const service = next.get(key);
    if (service === undefined) return err(`it changes ${key}, which is not there`);
    next.set(key, { ...service, endpoints: withChanges(service.endpoints, { put, removed }) });
  }
  const all = [...next.values()].toSorted(byText(({ key }) => key));
  const excess = excessOf(all);
  return excess === undefined ? ok({ ...head, ...rules, services: all }) : err(excess);
}

/** A node that is sound never tells of as much; one that is not must not fill its sidecars. */
function excessOf(services: readonly SnapshotService[]): string | undefined {
  if (services.length > SNAPSHOT_LIMITS.services) return `it makes ${services.length} services`;
  const count = services.reduce((sum, { endpoints }) => sum + endpoints.length, 0);
  return count > SNAPSHOT_LIMITS.endpoints ? `it makes ${count} endpoints` : undefined;
}
