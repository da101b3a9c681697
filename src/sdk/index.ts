export { SdkError, type SdkErrorCode, sdkErrors } from './errors.ts';
export { fetchJwt, type JwtClaims, type JwtOptions, validateJwt } from './fetch-jwt.ts';
export { fetchX509, watchX509, type X509Options } from './fetch-x509.ts';
export {
  keepServer,
  type Peers,
  peerOf,
  type SpiffeTlsOptions,
  tlsOptions,
} from './tls-options.ts';
export type { X509Identity } from './x509-identity.ts';
