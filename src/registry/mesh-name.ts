import {
  isDnsLabel,
  type Namespace,
  type ServiceKey,
  serviceKey,
  splitServiceKey,
} from '../core/index.ts';

/** The last label of every name of the mesh; the root of the DNS delegates none of that name. */
export const MESH_SUFFIX = 'mesh';

/** `catalog.shop.mesh`: how programs name the service `shop/catalog`. */
export function meshName(key: ServiceKey): string {
  const { namespace, name } = splitServiceKey(key);
  return `${name}.${namespace}.${MESH_SUFFIX}`;
}

/** What a DNS name is to the mesh. */
export type MeshName =
  /** Not below `.mesh`: somebody else knows it. */
  | { readonly kind: 'foreign' }
  /** `mesh` itself. */
  | { readonly kind: 'suffix' }
  /** `shop.mesh`. */
  | { readonly kind: 'namespace'; readonly namespace: Namespace }
  /** `catalog.shop.mesh`. */
  | { readonly kind: 'service'; readonly key: ServiceKey }
  /** `_tcp.catalog.shop.mesh`, above which there are names. */
  | { readonly kind: 'transport'; readonly key: ServiceKey }
  /** `_http._tcp.catalog.shop.mesh` (RFC 2782): the service as one that speaks `protocol`. */
  | { readonly kind: 'protocol'; readonly key: ServiceKey; readonly protocol: string }
  /** Below `.mesh`, and the name of nothing. */
  | { readonly kind: 'none' };

/** Reads a name by its labels, in lower case, the last one last. */
export function readMeshName(labels: readonly string[]): MeshName {
  const [suffix, namespace, name, transport, protocol, ...more] = labels.toReversed();
  if (suffix !== MESH_SUFFIX) return { kind: 'foreign' };
  if (namespace === undefined) return { kind: 'suffix' };
  if (!isDnsLabel(namespace)) return { kind: 'none' };
  if (name === undefined) return { kind: 'namespace', namespace: namespace as Namespace }; // a label
  if (!isDnsLabel(name) || more.length > 0) return { kind: 'none' };
  const key = serviceKey(namespace as Namespace, name); // both labels, by the lines above
  if (transport === undefined) return { kind: 'service', key };
  if (transport !== '_tcp') return { kind: 'none' };
  if (protocol === undefined) return { kind: 'transport', key };
  return protocol.startsWith('_')
    ? { kind: 'protocol', key, protocol: protocol.slice(1) }
    : { kind: 'none' };
}
