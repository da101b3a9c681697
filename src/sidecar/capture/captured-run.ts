import { hostProcess, onSignals, startAttachedChild } from '../../platform/index.ts';
import { endCapture, namespaceOf, startCapture } from './capture-control.ts';
import { refuseLoop } from './capture-loop.ts';
import type { CapturePlan } from './captured.ts';

/**
 * Keeps a capture in force for as long as `command`, a sidecar, runs, and returns its exit code. It begins first: what
 * is captured before anybody takes it is refused, and never goes out in plain.
 *
 * @throws SidecarError, PlatformError as {@link startCapture}; PlatformError PROGRAM_NOT_STARTED
 */
export async function runCaptured(plan: CapturePlan, command: readonly string[]): Promise<number> {
  // It will run as whom and where this process does.
  refuseLoop(plan, [hostProcess().pid], namespaceOf(plan.whose));
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
