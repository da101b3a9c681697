export {
  ipAddressSchema,
  issuesInWords,
  labelsSchema,
  type NodeClaim,
  nodeClaimSchema,
  nodeNameSchema,
  portSchema,
  serviceKeySchema,
  spiffeIdSchema,
} from './claims.ts';
export type { Endpoint, EndpointClaim } from './endpoint.ts';
export { MESH_SUFFIX, type MeshName, meshName, readMeshName } from './mesh-name.ts';
export {
  type ClaimRecord,
  type NodeRecord,
  type ProvenNode,
  type RegistryInput,
  type RegistryView,
  registryView,
} from './registry-view.ts';
export { portForCallers } from './service-port.ts';
export type { NodeState, NodeView, ServiceView } from './views.ts';
export { type AddressRange, parseLoopbackRange, VirtualAddresses } from './virtual-addresses.ts';
