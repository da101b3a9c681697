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
import type { DecisionRequest } from './decision.ts';

type Entity = Question['entities'][number];

/**
 * A request in Cedar's terms, with the entities that its policies can reach: caller, service and their
 * namespaces. The error says why no policy can speak about this caller.
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
    [principal.value, resource]
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

/** `connect`, `http:GET`, … */
export const actionOf = (request: DecisionRequest): string =>
  request.action === 'connect' ? 'connect' : `http:${request.method}`;

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

const bare = (uid: Entity['uid']): Entity => ({ uid, attrs: {}, parents: [] });

function contextOf(request: DecisionRequest): Question['context'] {
  const sourceIp = { __extn: { fn: 'ip', arg: plainIp(request.sourceIp) } };
  if (request.action === 'connect') return { sourceIp, protocol: 'tcp' };
  const { path, method, host } = request;
  return { path, method, host, sourceIp, protocol: 'http' };
}

/**
 * An address as `ip("…")` takes it: an IPv4 address that a dual-stack socket shows as `::ffff:10.0.0.1` is
 * the IPv4 address that policies mean, and a link-local zone (`%eth0`) is no part of an address.
 */
function plainIp(address: string): string {
  const zone = address.indexOf('%');
  const bareAddress = zone < 0 ? address : address.slice(0, zone);
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bareAddress)?.[1] ?? bareAddress;
}
