import { EXIT, SelvageError } from '../core/index.ts';
import {
  onUnhandledRejection,
  processTerminal,
  realClock,
  sameCommand,
} from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import { createLog, createMetrics, type Metrics } from '../telemetry/index.ts';
import { ApplicationSide } from './application-side.ts';
import type { Carrier, CarrierEvents } from './carrier.ts';
import type { SidecarOptions } from './options.ts';
import { OwnCarrier } from './own-carrier.ts';
import { Sidecar } from './sidecar.ts';
import { ownedBySignals, ownedBySupervisor } from './sidecar-owner.ts';
import { encodeNotice } from './supervision.ts';
import { WorkerPool } from './worker-pool.ts';

export interface RunSidecarOptions extends SidecarOptions {
  /** Started by `selvage run`, which it talks to on its standard input and output. */
  readonly supervised: boolean;
  /** Another sidecar of the workload has its ports open, and leaves them to this one. */
  readonly takesOver: boolean;
}

/**
 * Runs one sidecar until it is told to end, or to leave its ports to another one; returns its exit code.
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
  const metrics = createMetrics();
  const application = new ApplicationSide(options.netns);
  const sidecar = new Sidecar(options, {
    log,
    meter: metrics.meter,
    carrier: (events) => carrierOf(options, workload, { log, metrics, events, application }),
    claim: options.takesOver
      ? ({ port }) => port
      : (place, direction) => application.claim(place, direction),
    hasIpv6: application.hasIpv6,
  });
  const owner = options.supervised
    ? ownedBySupervisor((notice) => terminal.write(encodeNotice(notice)))
    : ownedBySignals(options, log);
  try {
    const serving = sidecar.start().then(() => {
      log.info('sidecar serving');
      owner.serves(sidecar);
    });
    // It may be told to end before it serves, as when no authority is there to give it an identity.
    const failing = serving.then(() => sidecar.failed);
    const isSuperseded = await Promise.race([
      owner.ended.then(() => false),
      owner.superseded.then(() => true),
      failing,
    ]);
    log.info('sidecar ending', { superseded: isSuperseded });
    const isHandedOver =
      isSuperseded &&
      (await Promise.race([sidecar.handOver().then(() => true), owner.ended.then(() => false)]));
    if (!isHandedOver) await sidecar.end();
    await owner.over();
    return EXIT.ok;
  } catch (error) {
    sidecar.stop();
    if (!(error instanceof SelvageError) || !owner.refused(error)) throw error;
    return EXIT[error.exit];
  }
}

interface CarrierParts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly events: CarrierEvents;
  readonly application: ApplicationSide;
}

function carrierOf(options: SidecarOptions, workload: string, parts: CarrierParts): Carrier {
  const { workers: count, logLevel, netns } = options;
  const { log, metrics, events, application } = parts;
  if (count === 1) return new OwnCarrier(log, metrics, events, application);
  const place = netns === undefined ? [] : ['--netns', netns];
  const flags = ['--workload', workload, '--log-level', logLevel, ...place];
  const command = [...sameCommand(), 'worker', ...flags];
  return new WorkerPool({ ...parts, clock: realClock, count, command });
}
