import { hostProcess, onSignals, startAttachedChild } from '../../platform/index.ts';
import { SidecarError } from '../errors.ts';
import { captureInForce, endCapture, namespaceOf, startCapture } from './capture-control.ts';
import { listenersAt, refuseLoop } from './capture-loop.ts';
import { type Captured, type CapturePlan, describeCaptured } from './captured.ts';

/**
 * Keeps a capture in force for as long as `command`, a sidecar, runs, and returns its exit code. It begins first: what
 * is captured before anybody takes it is refused, and never goes out in plain.
 *
 * @throws SidecarError, PlatformError as {@link startCapture}; SidecarError CAPTURE_TAKEN; PlatformError PROGRAM_NOT_STARTED
 */
export async function runCaptured(plan: CapturePlan, command: readonly string[]): Promise<number> {
  // It will run as whom and where this process does.
  refuseLoop(plan, [hostProcess().pid], namespaceOf(plan.whose));
  await refuseSecond(plan.whose);
  await startCapture(plan);
  try {
    const child = startAttachedChild(command, {
      stdin: 'inherit',
      stdout: 'inherit',
      stderr: 'inherit',
    });
    const release = onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => child.kill(signal));
    const code = await child.exited;
    release();
    return code;
  } finally {
    await endCapture(plan.whose);
  }
}

/** The end of the second would take back what the first one's program relies on, and let it out in plain. */
async function refuseSecond(whose: Captured): Promise<void> {
  const first = await captureInForce(whose);
  const namespace = namespaceOf(whose);
  for (const port of [first?.outbound, first?.inbound?.listener]) {
    if (port === undefined || listenersAt(port, namespace).length === 0) continue;
    const message = `${describeCaptured(whose)} is captured already, by a sidecar that listens on port ${port}`;
    throw new SidecarError('CAPTURE_TAKEN', message);
  }
}
