import type { Brand } from './brand.ts';
import { err, ok, type Result } from './result.ts';

/** A node's name: a DNS label, unique in its mesh. */
export type NodeName = Brand<string, 'NodeName'>;
/** A namespace: a DNS label. */
export type Namespace = Brand<string, 'Namespace'>;
/** `<namespace>/<service>`, both DNS labels: how a service is named inside the mesh. */
export type ServiceKey = Brand<string, 'ServiceKey'>;

export const DEFAULT_NAMESPACE = 'default' as Namespace; // a label, by inspection

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Is `text` a DNS label (RFC 1123 section 2.1): 1 to 63 of a-z, 0-9 and '-', no '-' at the ends? */
export const isDnsLabel = (text: string): boolean => LABEL.test(text);

const labelProblem = (what: string, text: string): string =>
  `'${text}' is no ${what}: use 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit`;

export const parseNodeName = (text: string): Result<NodeName, string> =>
  isDnsLabel(text) ? ok(text as NodeName) : err(labelProblem('node name', text));

export const parseNamespace = (text: string): Result<Namespace, string> =>
  isDnsLabel(text) ? ok(text as Namespace) : err(labelProblem('namespace', text));

/**
 * Reads a service as people write it: `web` (in `namespace`), `web.shop` (as in DNS: name first) or
 * `shop/web` (as in the trust repository: namespace first).
 */
export function parseServiceKey(
  text: string,
  namespace: Namespace = DEFAULT_NAMESPACE,
): Result<ServiceKey, string> {
  const slash = text.split('/');
  const dot = text.split('.');
  const [ns, name] =
    slash.length === 2 ? slash : dot.length === 2 ? [dot[1], dot[0]] : [namespace, text];
  if (ns === undefined || name === undefined || !isDnsLabel(ns) || !isDnsLabel(name)) {
    return err(labelProblem('service name', text));
  }
  return ok(serviceKey(ns as Namespace, name));
}

/** Joins parts that were checked before (both DNS labels). */
export const serviceKey = (namespace: Namespace, name: string): ServiceKey =>
  `${namespace}/${name}` as ServiceKey;

export function splitServiceKey(key: ServiceKey): { namespace: Namespace; name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash) as Namespace, name: key.slice(slash + 1) };
}
