import type { ServiceKey, SpiffeId, TrustDomain } from '../src/core/index.ts';
import type { DecisionRequest, PolicySource } from '../src/policy/index.ts';

export const trustDomain = 'bench.example' as TrustDomain;

/** What a client of the service speaks, and so which policies could match. */
export type Speech = 'http' | 'grpc' | 'tcp';

const FRONTEND = 'principal == Service::"shop/frontend"';
const CATALOG = 'resource == Service::"shop/catalog"';

/** Those that could match the requests below, by their scopes: as a service with ten rules of its own has them. */
const MATCHING: Readonly<Record<Speech, readonly string[]>> = {
  http: [
    ...['orders', 'items', 'users', 'carts', 'prices'].map(
      (name) => `permit(${FRONTEND}, action in Action::"http", ${CATALOG})
      when { context.path like "/api/${name}/*" };`,
    ),
    `permit(principal in Namespace::"shop", action == Action::"http:GET", resource in Namespace::"shop")
    when { context.path like "/api/*" && context.host == "catalog" };`,
    `permit(principal in Namespace::"shop", action in Action::"http", ${CATALOG})
    when { context.sourceIp.isInRange(ip("10.0.0.0/8")) && context.method != "DELETE" };`,
    `permit(principal is Service, action == Action::"http:GET", ${CATALOG})
    when { principal.namespace == resource.namespace && context.path != "/internal" };`,
    `forbid(principal, action in Action::"http", ${CATALOG})
    when { context.path like "/admin*" } unless { principal.name == "admin" };`,
    `forbid(principal, action, resource in Namespace::"shop") when { context.risk > 80 };`,
  ],
  grpc: [
    ...['Orders', 'Catalog', 'Users', 'Carts', 'Prices'].map(
      (name) => `permit(${FRONTEND}, action == Action::"grpc:call", ${CATALOG})
      when { context.path like "/shop.${name}/*" };`,
    ),
    `permit(principal in Namespace::"shop", action in Action::"grpc", resource in Namespace::"shop")
    when { context.service == "shop.Catalog" && context.method like "Get*" && context.host == "catalog" };`,
    `permit(principal in Namespace::"shop", action in Action::"grpc", ${CATALOG})
    when { context.sourceIp.isInRange(ip("10.0.0.0/8")) };`,
    `permit(principal is Service, action == Action::"grpc:call", ${CATALOG})
    when { principal.namespace == resource.namespace && context.method != "Internal" };`,
    `forbid(principal, action in Action::"grpc", ${CATALOG})
    when { context.path like "/shop.Admin/*" } unless { principal.name == "admin" };`,
    `forbid(principal, action, resource in Namespace::"shop") when { context.risk > 80 };`,
  ],
  tcp: [
    `permit(${FRONTEND}, action == Action::"connect", ${CATALOG}) when { context.protocol == "tcp" };`,
    `forbid(principal, action, resource in Namespace::"shop") when { context.risk > 80 };`,
  ],
};

/** About other callers and services, as the rest of a mesh's policies are. */
const OTHERS = [
  (n: number) =>
    `permit(principal == Service::"team-${n % 97}/app-${n}", action in Action::"http", resource == Service::"team-${n % 89}/store-${n}") when { context.path like "/v1/${n}/*" };`,
  (n: number) =>
    `permit(principal in Namespace::"team-${n}", action == Action::"connect", resource == Service::"data/db-${n}");`,
  (n: number) =>
    `forbid(principal, action in Action::"http", resource == Service::"team-${n % 89}/store-${n}") when { context.path like "/admin*" };`,
  (n: number) =>
    `permit(principal == Node::"node-${n}", action in [Action::"http:GET", Action::"http:HEAD"], resource in Namespace::"ops-${n}") unless { context.host like "*.internal" };`,
];

/** Three more that could match, on everything else that a request may bring. */
const CONTEXTUAL = `
permit(principal, action in Action::"http", resource) when {
  context.headers has "x-tenant" && context.headers["x-tenant"] == "blue" && context has user &&
  context.user in Group::"idp|staff" && context.user.hasTag("email") && context.user.getTag("email") like "*@bench"
};
forbid(principal, action, resource) when { context has tls && context.tls.resumed };
forbid(principal, action, resource) when {
  context.time < datetime("2020-01-01") || (context has locality && context.locality like "test-*")
};`;

export const headers = ['x-tenant'];

export const contextualSources = (count: number): PolicySource[] => [
  ...policySources(count),
  { name: 'contextual', text: CONTEXTUAL },
];

export function contextualRequests(count: number): DecisionRequest[] {
  const user = { issuer: 'idp', subject: 'ann', groups: ['staff'], claims: { email: 'ann@bench' } };
  const tls = { version: 'TLSv1.3', resumed: false };
  return requests(count).map((request, n) => ({
    ...request,
    headers: { 'x-tenant': 'blue' },
    user,
    tls,
    locality: 'eu-west',
    timeMs: Date.UTC(2026, 0, 1) + n,
  }));
}

/** `count` policies, up to ten of which could match the requests. */
export function policySources(count: number, speech: Speech = 'http'): PolicySource[] {
  const matching = MATCHING[speech];
  const others = Array.from(
    { length: count - matching.length },
    (_, n) => OTHERS[n % OTHERS.length]?.(n) ?? '',
  );
  return [{ name: 'bench', text: [...matching, ...others].join('\n') }];
}

/** Permitted ones by one caller for one service, each with a path of its own. */
export const requests = (count: number): DecisionRequest[] =>
  Array.from({ length: count }, (_, n) => ({
    principal: 'spiffe://bench.example/ns/shop/sa/frontend' as SpiffeId,
    resource: 'shop/catalog' as ServiceKey,
    sourceIp: '10.1.2.3',
    port: 8080,
    risk: 0,
    action: 'http',
    method: 'GET',
    path: `/api/${n % 2 === 0 ? 'items' : 'orders'}/${n}`,
    host: 'catalog',
  }));
