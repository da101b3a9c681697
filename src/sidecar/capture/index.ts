export { endCapture, listCaptures, startCapture } from './capture-control.ts';
export type { CaptureState } from './capture-listing.ts';
export { type Captured, type CapturePlan, describeCaptured, type Network } from './captured.ts';
export { capturedDoors } from './captured-doors.ts';
export { runCaptured } from './captured-run.ts';
export { parseNetwork } from './network.ts';
