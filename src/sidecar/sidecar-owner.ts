import type { SelvageError } from '../core/index.ts';
import { hostProcess, onInputLines, onSignals } from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import type { SidecarOptions } from './options.ts';
import { type Readiness, SidecarSupervisor } from './sidecar-supervisor.ts';
import { parseSupervisorNotice, type SidecarNotice } from './supervision.ts';

/** Who tells a sidecar what to do: the `selvage run` that started it, or whoever sends it signals. */
export interface SidecarOwner {
  /** It is to end. */
  readonly ended: Promise<void>;
  /** Another one serves on its ports. */
  readonly superseded: Promise<void>;
  /** It serves now. */
  serves(sidecar: Readiness): void;
  /** It cannot serve; false when nobody is there to be told. */
  refused(error: SelvageError): boolean;
  /**
   * It has ended: resolves when its process may.
   *
   * @throws SidecarError WORKLOAD_REVOKED
   */
  over(): Promise<void>;
}

/** Signals are the supervisor's business, as Ctrl-C reaches the whole group; its end is the sidecar's too. */
export function ownedBySupervisor(tell: (notice: SidecarNotice) => void): SidecarOwner {
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'], () => undefined);
  const ended = Promise.withResolvers<void>();
  const superseded = Promise.withResolvers<void>();
  const hear = (line: string) => {
    const notice = parseSupervisorNotice(line);
    if (notice?.event === 'application-ended') ended.resolve();
    if (notice?.event === 'superseded') superseded.resolve();
  };
  onInputLines(hear, ended.resolve);
  return {
    ended: ended.promise,
    superseded: superseded.promise,
    serves: ({ inboundPort, names }) =>
      tell({ event: 'ready', names, ...(inboundPort === undefined ? {} : { inboundPort }) }),
    refused({ code, message, remedy }) {
      tell({ event: 'refused', code, message, remedy });
      return true;
    },
    over: () => Promise.resolve(),
  };
}

/**
 * A sidecar that is started by itself keeps its process id for whoever started it: once it is replaced, its
 * process stays as the supervisor of the one that took over.
 */
export function ownedBySignals(options: SidecarOptions, log: Log): SidecarOwner {
  const supervisor = new SidecarSupervisor(options, log);
  const ended = Promise.withResolvers<void>();
  const superseded = Promise.withResolvers<void>();
  let isReplaced = false;
  onSignals(['SIGINT', 'SIGTERM'], () => ended.resolve());
  onSignals(['SIGUSR2'], () => void supervisor.upgrade());
  return {
    ended: ended.promise,
    superseded: superseded.promise,
    serves: (readiness) =>
      supervisor.adopt({
        pid: hostProcess().pid,
        ...readiness,
        supersede() {
          isReplaced = true;
          superseded.resolve();
        },
      }),
    refused: () => false,
    async over() {
      const revocation = isReplaced
        ? await Promise.race([ended.promise, supervisor.revoked])
        : undefined;
      await supervisor.applicationEnded();
      if (revocation !== undefined) throw revocation;
    },
  };
}
