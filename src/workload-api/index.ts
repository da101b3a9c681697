export type {
  HeldSvid,
  SvidHold,
  SvidState,
  TokenDesk,
  TokenProblem,
  WorkloadApiHost,
  X509Bundle,
} from './host.ts';
export { SpiffeWorkloadAPI, type X509SVIDResponse } from './proto/index.ts';
export { workloadApi } from './workload-api.ts';
