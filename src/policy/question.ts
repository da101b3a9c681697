import {
  err,
  ok,
  parseNodeName,
  type Result,
  type SpiffeId,
  spiffePath,
  spiffeTrustDomain,
  splitServiceKey,
  type TrustDomain,
  workloadOf,
  workloadSpiffeId,
} from '../core/index.ts';
import type { Question } from './cedar.ts';
import type { DecisionRequest, PolicyUser } from './decision.ts';
import { grpcCallOf } from './grpc-path.ts';

/** A type alone, and no interface, is taken as Cedar's JSON. */
type EntityName = { type: string; id: string };
type Entity = Omit<Question['entities'][number], 'uid' | 'parents'> & {
  uid: EntityName;
  parents: EntityName[];
};

/**
 * A request in Cedar's terms, with the entities that its policies can reach: caller, service and their
 * namespaces, the user and its groups. The error says why no policy can speak about this caller.
 */
export function questionOf(
  request: DecisionRequest,
  trustDomain: TrustDomain,
): Result<Question, string> {
  const principal = principalOf(request.principal, trustDomain);
  if (!principal.ok) return principal;
  const { namespace, name } = splitServiceKey(request.resource);
  const resource = service(workloadSpiffeId(trustDomain, namespace, name), namespace, name);
  const entities = new Map(
    [principal.value, resource, ...(request.user === undefined ? [] : [userOf(request.user)])]
      .flatMap((entity) => [entity, ...entity.parents.map(bare)])
      .map((entity) => [JSON.stringify(entity.uid), entity]),
  );
  return ok({
    principal: principal.value.uid,
    action: { type: 'Action', id: actionOf(request) },
    resource: resource.uid,
    context: contextOf(request),
    entities: [...entities.values()],
  });
}

/** `connect`, `grpc:call`, `http:GET`, … */
export function actionOf(request: DecisionRequest): string {
  switch (request.action) {
    case 'connect':
      return 'connect';
    case 'grpc':
      return 'grpc:call';
    case 'http':
      return `http:${request.method}`;
  }
}

/** How a policy names this caller; the error says why none can. */
export function principalOf(id: SpiffeId, trustDomain: TrustDomain): Result<Entity, string> {
  // An entity is named without its trust domain, so a caller of another one must never become an entity.
  if (spiffeTrustDomain(id) !== trustDomain) {
    return err(`'${id}' is not of the trust domain ${trustDomain}`);
  }
  const workload = workloadOf(id);
  if (workload !== undefined) return ok(service(id, workload.namespace, workload.serviceAccount));
  const node = /^\/node\/([^/]+)$/.exec(spiffePath(id))?.[1];
  if (node !== undefined && parseNodeName(node).ok) {
    return ok({
      uid: { type: 'Node', id: node },
      attrs: { spiffeId: id, name: node },
      parents: [],
    });
  }
  return err(
    `'${id}' is neither a workload's ID (…/ns/NAMESPACE/sa/NAME) nor a node's (…/node/NAME)`,
  );
}

const service = (spiffeId: SpiffeId, namespace: string, name: string): Entity => ({
  uid: { type: 'Service', id: `${namespace}/${name}` },
  attrs: { spiffeId, namespace, name },
  parents: [{ type: 'Namespace', id: namespace }],
});

const bare = (uid: EntityName): Entity => ({
  uid,
  attrs: {},
  parents: [],
});

/** `<issuer>|<subject>`, as a policy names a user; a group is `<issuer>|<group>`. */
const userName = (issuer: string, name: string): string => `${issuer}|${name}`;

export const userOf = ({ issuer, subject, groups, claims }: PolicyUser): Entity => ({
  uid: { type: 'User', id: userName(issuer, subject) },
  attrs: { issuer, subject },
  tags: { ...claims },
  parents: groups.map((group) => ({ type: 'Group', id: userName(issuer, group) })),
});

function contextOf(request: DecisionRequest): Question['context'] {
  const { sourceIp, port, timeMs, risk, locality, tls, user } = request;
  const shared = {
    sourceIp: extension('ip', plainIp(sourceIp)),
    // A request without a time gets here only when no policy reads it.
    time: extension('datetime', new Date(timeMs ?? 0).toISOString()),
    risk: risk ?? 0,
    ...(port === undefined ? {} : { port }),
    ...(locality === undefined ? {} : { locality }),
    ...(tls === undefined ? {} : { tls: { version: tls.version, resumed: tls.resumed } }),
    ...(user === undefined ? {} : { user: { __entity: userOf(user).uid } }),
  };
  if (request.action === 'connect') return { ...shared, protocol: request.protocol };
  const { action, path, host, headers } = request;
  const called = action === 'grpc' ? grpcCallOf(path) : { method: request.method };
  return { ...shared, ...called, path, host, headers: { ...headers }, protocol: action };
}

const extension = (fn: string, arg: string) => ({ __extn: { fn, arg } });

/**
 * An address as `ip("…")` takes it: an IPv4 address that a dual-stack socket shows as `::ffff:10.0.0.1` is
 * the IPv4 address that policies mean, and a link-local zone (`%eth0`) is no part of an address.
 */
export function plainIp(address: string): string {
  const zone = address.indexOf('%');
  const bareAddress = zone < 0 ? address : address.slice(0, zone);
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bareAddress)?.[1] ?? bareAddress;
}
