export {
  type AppConnection,
  type Application,
  answering,
  okAnswer,
  startApplication,
} from './application.ts';
export { type Pair, type PairOptions, startPair } from './pair.ts';
export { RawClient } from './raw-client.ts';
export {
  type Authority,
  accountId,
  identityOf,
  recordingEngine,
  type ServiceOverrides,
  snapshotOf,
  startAuthority,
  startPlane,
  type TestPlane,
  TRUST_DOMAIN,
  WEB,
} from './test-mesh.ts';
export { UdpProgram } from './udp-program.ts';
