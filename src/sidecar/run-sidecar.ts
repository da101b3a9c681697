import { EXIT, SelvageError } from '../core/index.ts';
import {
  onInputLines,
  onSignals,
  onUnhandledRejection,
  processTerminal,
  realClock,
} from '../platform/index.ts';
import { createLog, createMetrics } from '../telemetry/index.ts';
import type { SidecarOptions } from './options.ts';
import { OwnCarrier } from './own-carrier.ts';
import { Sidecar } from './sidecar.ts';
import { encodeNotice, parseSupervisorNotice, type SidecarNotice } from './supervision.ts';
import { WorkerPool } from './worker-pool.ts';

export interface RunSidecarOptions extends SidecarOptions {
  /** Started by `selvage run`, which it talks to on its standard input and output. */
  readonly supervised: boolean;
}

/**
 * Runs one sidecar until it is told to end; returns its exit code.
 *
 * @throws SidecarError, PlatformError when it cannot serve and no supervisor is there to be told
 */
export async function runSidecar(options: RunSidecarOptions): Promise<number> {
  const terminal = processTerminal();
  const destination = { write: terminal.writeError };
  const workload = `${options.namespace}/${options.service ?? '-'}`;
  const log = createLog({ level: options.logLevel, name: 'sidecar', destination }).child({
    workload,
  });
  onUnhandledRejection((error) => log.error('a failure that nobody waited for', { error }));
  const told = options.supervised ? toldBySupervisor() : toldBySignal();
  const tell = (notice: SidecarNotice) => {
    if (options.supervised) terminal.write(encodeNotice(notice));
  };
  const metrics = createMetrics();
  const sidecar = new Sidecar(options, {
    log,
    meter: metrics.meter,
    carrier: (events) =>
      options.workers === 1
        ? new OwnCarrier(log, metrics, events)
        : new WorkerPool({
            ...{ clock: realClock, log, metrics, events },
            count: options.workers,
            flags: ['--workload', workload, '--log-level', options.logLevel],
          }),
  });
  try {
    const serving = sidecar.start().then(() => {
      log.info('sidecar serving');
      tell({ event: 'ready' });
    });
    // It may be told to end before it serves, as when no authority is there to give it an identity.
    await Promise.race([told, serving.then(() => sidecar.failed)]);
    log.info('sidecar ending');
    await sidecar.end();
    return EXIT.ok;
  } catch (error) {
    sidecar.stop();
    if (!options.supervised || !(error instanceof SelvageError)) throw error;
    const { code, message, remedy, exit } = error;
    tell({ event: 'refused', code, message, remedy });
    return EXIT[exit];
  }
}

/** A supervisor says when, or is gone. Signals are its business: Ctrl-C reaches the whole group. */
function toldBySupervisor(): Promise<void> {
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], () => undefined);
  return new Promise((resolve) => {
    const hear = (line: string) => {
      if (parseSupervisorNotice(line) !== undefined) resolve();
    };
    onInputLines(hear, resolve);
  });
}

const toldBySignal = (): Promise<void> =>
  new Promise((resolve) => {
    onSignals(['SIGINT', 'SIGTERM'], () => resolve());
  });
