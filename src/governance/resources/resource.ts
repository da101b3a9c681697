import type { Revocation } from '../../crypto/index.ts';
import type { NodeAttestation, Registration, RequestAuthentication } from '../../identity/index.ts';
import type {
  AuthorityTarget,
  MeshSettings,
  PolicyFile,
  RetiringAuthority,
  ServiceResource,
} from '../trust-set.ts';

/** The version that every resource of this shape names. */
export const API_VERSION = 'selvage.dev/v1alpha1';

/** What people write in files and sign into the trust repository. */
export type Resource =
  | { readonly kind: 'Service'; readonly service: ServiceResource }
  | { readonly kind: 'Registration'; readonly registration: Registration }
  | { readonly kind: 'RequestAuthentication'; readonly authentication: RequestAuthentication }
  | { readonly kind: 'Revocation'; readonly revocation: Revocation }
  | { readonly kind: 'NodeAttestation'; readonly attestation: NodeAttestation }
  | { readonly kind: 'MeshSettings'; readonly settings: MeshSettings }
  | { readonly kind: 'Policy'; readonly policy: PolicyFile };

/** What a target of the trust repository can hold: resources, and authorities (`selvage authority`). */
export type TargetContent =
  | Resource
  | { readonly kind: 'Authority'; readonly authority: AuthorityTarget }
  | { readonly kind: 'RetiringAuthority'; readonly retiring: RetiringAuthority };
