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

const httpActions = HTTP_METHODS.map((method) => `"http:${method}"`).join(', ');

/**
 * What a policy may speak about, in Cedar's schema language
 * (https://docs.cedarpolicy.com/schema/human-readable-schema.html).
 *
 * A `Service` is `<namespace>/<name>`: as a principal the caller's service account, as a resource the
 * service that is called; its `spiffeId` is the ID of that name, `…/ns/<namespace>/sa/<name>`.
 */
export const CEDAR_SCHEMA = `
entity Namespace;
entity Node = { spiffeId: String, name: String };
entity Service in [Namespace] = { spiffeId: String, namespace: String, name: String };

action http;
action connect appliesTo {
  principal: [Service, Node],
  resource: [Service],
  context: { sourceIp: ipaddr, protocol: String },
};
action ${httpActions} in [http] appliesTo {
  principal: [Service, Node],
  resource: [Service],
  context: { path: String, method: String, host: String, sourceIp: ipaddr, protocol: String },
};
`;
