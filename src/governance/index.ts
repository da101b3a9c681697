export type {
  AuthorityTarget,
  MeshSettings,
  PolicyFile,
  ServiceResource,
  TrustSet,
} from './trust-set.ts';
