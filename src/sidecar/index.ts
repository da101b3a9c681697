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
export { SidecarError } from './errors.ts';
export type { SidecarOptions } from './options.ts';
export { runSidecar } from './run-sidecar.ts';
export { runWorker, type WorkerOptions } from './run-worker.ts';
export { runWorkload } from './run-workload.ts';
