export { endCapture, listCaptures, startCapture } from './capture-control.ts';
export type { CaptureState } from './capture-listing.ts';
export {
  CAPTURE_PORTS,
  type Captured,
  type CapturePlan,
  describeCaptured,
  type Exceptions,
  type Network,
} from './captured.ts';
export { parseNetwork } from './network.ts';
