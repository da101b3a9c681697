export {
  DEFAULT_WEIGHT,
  type EndpointClaim,
  ipAddressSchema,
  issuesInWords,
  labelsSchema,
  localitySchema,
  type NodeClaim,
  namespaceSchema,
  nodeClaimSchema,
  nodeNameSchema,
  portSchema,
  serviceKeySchema,
  sha256Schema,
  spiffeIdSchema,
  weightSchema,
} from './claims.ts';
export type { Endpoint } from './endpoint.ts';
export type { EndpointList } from './endpoint-list.ts';
export { MESH_SUFFIX, meshName, readMeshName } from './mesh-name.ts';
export {
  ENDPOINT_KIND,
  NODE_KEY,
  NODE_KIND,
  type RecordSource,
  Registry,
  type RegistryOptions,
} from './registry.ts';
export {
  type AuthorityOf,
  REVOCATION_KIND,
  RevocationBook,
  type RevocationClaim,
  type RevocationView,
  revocationKey,
} from './revocation-book.ts';
export { portForCallers } from './service-port.ts';
export { hasOtherKeys, type NodeView, type ProvenNode } from './views.ts';
export { type AddressRange, parseLoopbackRange, VirtualAddresses } from './virtual-addresses.ts';
