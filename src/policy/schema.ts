import type { HttpMethod } from './decision.ts';

/** One action each, so that a policy can name a method and `Action::"http"` means all of them. */
export const HTTP_METHODS: readonly HttpMethod[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'OTHER',
];

/** What the policies of one mesh may speak about. Equal headers give the same object. */
export interface PolicySchema {
  /** Names of the HTTP headers that policies may read, in lower case. */
  readonly headers: readonly string[];
  /** In Cedar's schema language (https://docs.cedarpolicy.com/schema/human-readable-schema.html). */
  readonly text: string;
}

const known = new Map<string, PolicySchema>();
/** Meshes that one process deals with, and changes of their settings: one at a time, in practice. */
const MAX_KNOWN = 16;

/** The schema of a mesh whose settings name these headers. */
export function policySchema(headers: readonly string[] = []): PolicySchema {
  const names = [...new Set(headers)].sort();
  const key = names.join(' ');
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  if (known.size === MAX_KNOWN) known.clear();
  const schema = { headers: names, text: schemaText(names) };
  known.set(key, schema);
  return schema;
}

/** Every attribute of the context of some action. */
export const CONTEXT_ATTRIBUTES = [
  'sourceIp',
  'port',
  'protocol',
  'time',
  'risk',
  'locality',
  'tls',
  'user',
  'path',
  'service',
  'method',
  'host',
  'headers',
] as const;

const httpActions = HTTP_METHODS.map((method) => `"http:${method}"`).join(', ');

/** What every action has; the part after `risk` may be missing. */
const SHARED_CONTEXT = `sourceIp: ipaddr, protocol: String, time: datetime, risk: Long,
    port?: Long, locality?: String, tls?: Tls, user?: User`;

/** What a request over HTTP has beside it. */
const REQUEST_CONTEXT = `path: String, host: String, headers: Headers,
    ${SHARED_CONTEXT}`;

/**
 * A `Service` is `<namespace>/<name>`: as a principal the caller's service account, as a resource the
 * service that is called; its `spiffeId` is the ID of that name, `…/ns/<namespace>/sa/<name>`. A `User` is
 * `<issuer>|<subject>`, the groups that its issuer says it is in are `<issuer>|<group>`, its claims are tags.
 */
const schemaText = (headers: readonly string[]): string => `
entity Namespace;
entity Node = { spiffeId: String, name: String };
entity Service in [Namespace] = { spiffeId: String, namespace: String, name: String };
entity Group;
entity User in [Group] = { issuer: String, subject: String } tags String;

type Tls = { version: String, resumed: Bool };
type Headers = { ${headers.map((name) => `${JSON.stringify(name)}?: String`).join(', ')} };

action http;
action connect appliesTo {
  principal: [Service, Node],
  resource: [Service],
  context: {
    ${SHARED_CONTEXT}
  },
};
action ${httpActions} in [http] appliesTo {
  principal: [Service, Node],
  resource: [Service],
  context: {
    method: String, ${REQUEST_CONTEXT}
  },
};
action grpc;
action "grpc:call" in [grpc] appliesTo {
  principal: [Service, Node],
  resource: [Service],
  context: {
    service: String, method: String, ${REQUEST_CONTEXT}
  },
};
`;
