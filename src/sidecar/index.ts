export {
  type Captured,
  type CapturePlan,
  type CaptureState,
  describeCaptured,
  endCapture,
  listCaptures,
  type Network,
  parseNetwork,
  runCaptured,
  startCapture,
} from './capture/index.ts';
export { SidecarError, sidecarErrors } from './errors.ts';
export type { SidecarOptions, Upstream } from './options.ts';
export { type RunSidecarOptions, runSidecar } from './run-sidecar.ts';
export { runWorker, type WorkerOptions } from './run-worker.ts';
export { type RunOptions, runWorkload } from './run-workload.ts';
