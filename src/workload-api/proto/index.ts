export {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  type DiscoveryRequest,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
  type Resource,
  ResourceSchema,
} from './discovery.ts';
export type { Node } from './envoy-core.ts';
export { DataSourceSchema, TypedExtensionConfigSchema } from './envoy-core.ts';
export {
  CertificateValidationContextSchema,
  type Secret,
  SecretSchema,
  SPIFFECertValidatorConfig_TrustDomainSchema,
  SPIFFECertValidatorConfigSchema,
  TlsCertificateSchema,
} from './envoy-tls.ts';
export { SecretDiscoveryService } from './secret-discovery.ts';
export {
  JWTBundlesResponseSchema,
  JWTSVIDRequestSchema,
  JWTSVIDResponseSchema,
  JWTSVIDSchema,
  SpiffeWorkloadAPI,
  ValidateJWTSVIDRequestSchema,
  ValidateJWTSVIDResponseSchema,
  X509BundlesResponseSchema,
  type X509SVIDResponse,
  X509SVIDResponseSchema,
  X509SVIDSchema,
} from './workload.ts';
