export { ServerCertificates } from './server-certificates.ts';
export {
  CANNOT_MAKE_NAMESPACES,
  startNamespace,
  type TestNamespace,
} from './test-namespace.ts';
