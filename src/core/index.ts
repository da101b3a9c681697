export type { Brand } from './brand.ts';
export { closest } from './closest.ts';
export { describeDuration, formatDuration, parseDuration } from './duration.ts';
export {
  type ErrorCatalogue,
  type ErrorOptionsWithRemedy,
  EXIT,
  type ExitKind,
  SelvageError,
} from './errors.ts';
export { encodeFrame, FrameReader } from './frames.ts';
export {
  DEFAULT_NAMESPACE,
  isDnsLabel,
  type Namespace,
  type NodeName,
  parseNamespace,
  parseNodeName,
  parseServiceKey,
  type ServiceKey,
  serviceKey,
  splitServiceKey,
} from './ids.ts';
export { formatInstant, parseInstant } from './instant.ts';
export { Lru } from './lru.ts';
export { OneAtATime } from './one-at-a-time.ts';
export { byText } from './order.ts';
export { placeIn, putInOrder } from './ordered-list.ts';
export { formatProblem, type Problem } from './problem.ts';
export { PROGRAM_VERSION } from './program-version.ts';
export { err, ok, type Result } from './result.ts';
export { SERVICE_PROTOCOLS, type ServiceProtocol } from './service-protocol.ts';
export { Shares } from './shares.ts';
export {
  nodeSpiffeId,
  parseSpiffeId,
  parseTrustDomain,
  type SpiffeId,
  spiffePath,
  spiffeTrustDomain,
  type TrustDomain,
  trustDomainId,
  workloadOf,
  workloadSpiffeId,
} from './spiffe-id.ts';
export { visibleText } from './visible-text.ts';
