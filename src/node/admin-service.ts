import type { AdminService, ChangeFeed, Explain } from '../admin/index.ts';
import {
  type NodeName,
  parseNodeName,
  parseServiceKey,
  parseSpiffeId,
  type ServiceKey,
  type SpiffeId,
  splitServiceKey,
  workloadSpiffeId,
} from '../core/index.ts';
import {
  decodeChange,
  encodeFiles,
  GovernanceError,
  type TrustStore,
  type TrustSync,
} from '../governance/index.ts';
import { formatJoinToken, type TokenBook } from '../identity/index.ts';
import {
  type CedarEngine,
  type DecisionRequest,
  explain,
  HTTP_METHODS,
  type HttpMethod,
} from '../policy/index.ts';
import type { Gossip } from '../ports/index.ts';
import type { AuthorityRole } from './authority-role.ts';
import { NodeError } from './errors.ts';
import { rootSha256 } from './init-node.ts';
import type { MeshView } from './mesh-view.ts';
import type { StatusReport } from './status-report.ts';

export interface AdminServiceParts {
  readonly status: StatusReport;
  readonly view: MeshView;
  readonly trust: TrustStore;
  readonly sync: TrustSync;
  readonly role: AuthorityRole;
  readonly tokens: TokenBook;
  readonly gossip: Gossip;
  readonly feed: ChangeFeed;
  readonly engine: () => CedarEngine;
  /** Where joiners reach this node, `host:port`. */
  readonly joinAddress: () => string;
}

/** What a node answers on its admin socket. */
export function createAdminService(parts: AdminServiceParts): AdminService {
  const { view, trust, feed } = parts;
  return {
    status: async () => parts.status.current(),
    nodes: async () => ({ items: view.current().nodes }),
    services: async () => ({ items: view.current().services }),
    endpoints: async () => ({
      items: view.current().endpoints.map(({ ready: _, ...endpoint }) => endpoint),
    }),
    changes: (signal) => feed.watch(signal),
    createToken: async (request) => createToken(parts, request),
    authorityCandidate: async ({ node }) => candidateOf(parts, node),
    trustDraft: async () => ({ files: Buffer.from(encodeFiles(trust.files())).toString('base64') }),
    publishChange: async ({ change }) => await publish(parts, change),
    explain: async (question) => explainCall(parts, question),
  };
}

function createToken(
  { role, tokens, trust, joinAddress }: AdminServiceParts,
  request: { readonly lifeMs: number; readonly nodeName?: string | undefined },
) {
  const authority = role.authority();
  if (authority === undefined) {
    throw new NodeError(
      'NOT_AN_AUTHORITY',
      'only an authority makes join tokens; this node is none',
    );
  }
  const nodeName = request.nodeName === undefined ? undefined : nodeNameOf(request.nodeName);
  const { secret, expiresAt } = tokens.create({
    lifeMs: request.lifeMs,
    ...(nodeName === undefined ? {} : { nodeName }),
  });
  const token = formatJoinToken({
    trustDomain: trust.current().trustDomain,
    rootSha256: rootSha256(trust.files()),
    authorityAddress: joinAddress(),
    authorityKeySha256: authority.keySha256,
    secret,
    expiresAt,
    ...(nodeName === undefined ? {} : { nodeName }),
  });
  return { token, expiresAt: new Date(expiresAt).toISOString(), joinAddress: joinAddress() };
}

function candidateOf({ view }: AdminServiceParts, name: string) {
  const node = nodeNameOf(name);
  const claim = view.current().claims.get(node);
  if (claim?.authority === undefined) {
    throw new NodeError('NODE_UNKNOWN', `no node ${node} has said that it has a CA`);
  }
  return { node, ...claim.authority };
}

async function publish({ sync, gossip, view }: AdminServiceParts, encoded: string) {
  const change = decodeChange(new Uint8Array(Buffer.from(encoded, 'base64')));
  if (!change.ok) throw new GovernanceError('CHANGE_REFUSED', change.error);
  const { version, rootVersion, digest } = await sync.publish(change.value);
  const own = view.current().nodes.flatMap(({ name, state }) => (state === 'self' ? [name] : []));
  const nodes = [...own, ...gossip.peers().map(({ name }) => name)].toSorted();
  return { version, rootVersion, digest, nodes };
}

function explainCall(parts: AdminServiceParts, question: Explain) {
  const request = decisionRequest(parts, question);
  const engine = parts.engine();
  const { allowed, deciding, errors, hint } = explain(engine, request);
  return {
    allowed,
    asked: {
      principal: request.principal,
      action: request.action === 'http' ? `http:${request.method}` : request.action,
      resource: request.resource,
      context: contextOf(request),
    },
    deciding: deciding.map(({ id, file, line }) => ({ id, file, line })),
    errors,
    ...(hint === undefined ? {} : { hint }),
  };
}

const contextOf = (request: DecisionRequest): Record<string, string> =>
  request.action === 'http'
    ? { path: request.path, host: request.host, sourceIp: request.sourceIp }
    : { sourceIp: request.sourceIp };

/** The address that is asked about when none is given: the caller and the service on one host. */
const DEFAULT_SOURCE_IP = '127.0.0.1';

function decisionRequest({ trust }: AdminServiceParts, question: Explain): DecisionRequest {
  const { services, trustDomain } = trust.current();
  const resource = serviceKeyOf(question.to);
  const service = services.find(({ key }) => key === resource);
  if (service === undefined) {
    const known = services.map(({ key }) => key).join(', ');
    throw new NodeError(
      'SERVICE_UNKNOWN',
      `no service ${resource} is in force (${known || 'none is'})`,
    );
  }
  const principal = principalOf(question.from, (namespace, name) =>
    workloadSpiffeId(trustDomain, namespace, name),
  );
  const sourceIp = question.sourceIp ?? DEFAULT_SOURCE_IP;
  if (service.protocol === 'tcp') return { action: 'connect', principal, resource, sourceIp };
  return {
    action: 'http',
    principal,
    resource,
    sourceIp,
    method: methodOf(question.method ?? 'GET'),
    path: question.path ?? '/',
    host: question.host ?? splitServiceKey(resource).name,
  };
}

function principalOf(
  from: string,
  idOf: (namespace: ReturnType<typeof splitServiceKey>['namespace'], name: string) => SpiffeId,
): SpiffeId {
  if (from.startsWith('spiffe://')) {
    const id = parseSpiffeId(from);
    if (id.ok) return id.value;
    throw new NodeError('NAME_INVALID', id.error);
  }
  const { namespace, name } = splitServiceKey(serviceKeyOf(from));
  return idOf(namespace, name);
}

function serviceKeyOf(text: string): ServiceKey {
  const key = parseServiceKey(text);
  if (key.ok) return key.value;
  throw new NodeError('NAME_INVALID', key.error);
}

function nodeNameOf(text: string): NodeName {
  const node = parseNodeName(text);
  if (node.ok) return node.value;
  throw new NodeError('NAME_INVALID', node.error);
}

const methodOf = (text: string): HttpMethod =>
  HTTP_METHODS.find((method) => method === text.toUpperCase()) ?? 'OTHER';
