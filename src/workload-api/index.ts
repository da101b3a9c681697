export type {
  HeldSvid,
  SvidHold,
  SvidState,
  TokenDesk,
  TokenProblem,
  WorkloadApiHost,
  X509Bundle,
} from './host.ts';
export { workloadApi } from './workload-api.ts';
