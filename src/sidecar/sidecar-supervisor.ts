import {
  type AttachedChild,
  type PlatformError,
  realClock,
  selfCommand,
  startAttachedChild,
} from '../platform/index.ts';
import type { Log } from '../ports/index.ts';
import { ApplicationSide } from './application-side.ts';
import { SidecarError } from './errors.ts';
import type { SidecarOptions } from './options.ts';
import { RestartDelay } from './restart-delay.ts';
import { sidecarFlags } from './sidecar-flags.ts';
import {
  encodeNotice,
  errorOf,
  type Names,
  parseSidecarNotice,
  type ReadyNotice,
  type SupervisorNotice,
} from './supervision.ts';

/** How long the sidecar that is to take over has until it serves, milliseconds: with a new identity it is seconds. */
const UPGRADE_LIMIT_MS = 30_000;

/** What it means that this user may not set it. */
const UNMIGRATED =
  'a few connections in ten thousand may be reset while the sidecar is replaced: have root set net.ipv4.tcp_migrate_req=1';

/** What is known of a sidecar once it serves; see {@link ReadyNotice}. */
export interface Readiness {
  readonly inboundPort: number | undefined;
  readonly names: Names;
}

/** A sidecar that serves. */
export interface ServingSidecar extends Readiness {
  readonly pid: number;
  /** Another one serves on the same ports: it is to leave them to that. */
  supersede(): void;
}

/** Keeps one sidecar process alive: starts it again when it ends by itself, and replaces it when asked to. */
export class SidecarSupervisor {
  readonly #options: SidecarOptions;
  readonly #log: Log;
  readonly #delay = new RestartDelay(realClock);
  /** All that run: the one that serves, one that is to take over, those that finish what is open. */
  readonly #children = new Set<AttachedChild>();
  readonly #revoked = Promise.withResolvers<SidecarError>();
  #serving: ServingSidecar | undefined;
  #isUpgrading = false;
  #isEnding = false;

  constructor(options: SidecarOptions, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /** Resolves when the sidecar can serve; from then on one that dies is started again. */
  async start(): Promise<void> {
    this.#serving = await this.#launch([]);
  }

  /** Where the application reaches services by name, since it can serve. */
  get names(): Names {
    return this.#serving?.names ?? {};
  }

  /**
   * Resolves with the reason when its workload's identity is revoked: this process is as old as what it ran, so
   * no sidecar below it is served any more, and none is started.
   */
  get revoked(): Promise<SidecarError> {
    return this.#revoked.promise;
  }

  /** Takes one that was started otherwise for the one to replace. */
  adopt(serving: ServingSidecar): void {
    this.#serving = serving;
  }

  /** Replaces the sidecar by the program as it is installed now; one that cannot serve changes nothing. */
  async upgrade(): Promise<void> {
    const former = this.#serving;
    if (this.#isUpgrading || this.#isEnding || former === undefined) {
      this.#log.warn('no sidecar is replaced now: one is being started or ended');
      return;
    }
    this.#isUpgrading = true;
    const { inboundPort: port } = former;
    const place = port === undefined ? [] : ['--inbound-port', String(port)];
    try {
      const application = new ApplicationSide(this.#options.netns);
      if (!application.migrateRequests()) this.#log.warn(UNMIGRATED);
      const next = await this.#launch(['--take-over', ...place], UPGRADE_LIMIT_MS);
      this.#serving = next;
      former.supersede();
      this.#log.info('sidecar replaced', { former: former.pid, pid: next.pid });
    } catch (error) {
      this.#log.error('the sidecar that was to take over does not serve, the former stays', {
        error,
      });
    } finally {
      this.#isUpgrading = false;
      this.#restartIfGone();
    }
  }

  /** Tells the sidecar, and waits until it has finished what was open. */
  async applicationEnded(): Promise<void> {
    this.#isEnding = true;
    const children = [...this.#children];
    for (const child of children) tell(child, 'application-ended');
    await Promise.all(children.map(({ exited }) => exited));
  }

  /** Without a word to anybody: the node sees the connection end, and withdraws what is still announced. */
  endAtOnce(): void {
    this.#isEnding = true;
    for (const child of this.#children) child.kill('SIGKILL');
  }

  /** Resolves when it serves; `limitMs`: ends it when it does not by then. */
  async #launch(flags: readonly string[], limitMs?: number): Promise<ServingSidecar> {
    const ready = Promise.withResolvers<ReadyNotice>();
    const command = [...selfCommand(), 'sidecar', ...sidecarFlags(this.#options), ...flags];
    const child = startAttachedChild(command, {
      stdin: 'pipe',
      stderr: 'inherit',
      stdout: (line) => {
        const notice = parseSidecarNotice(line);
        if (notice?.event === 'ready') ready.resolve(notice);
        if (notice?.event === 'refused') ready.reject(this.#refused(errorOf(notice)));
      },
    });
    this.#children.add(child);
    void child.exited.then((code) => {
      this.#children.delete(child);
      ready.reject(new SidecarError('SIDECAR_ENDED', `the sidecar ended with code ${code}`));
      this.#ended(child, code);
    });
    const limit =
      limitMs === undefined ? undefined : realClock.after(limitMs, () => child.kill('SIGKILL'));
    const { inboundPort, names } = await ready.promise.finally(() => limit?.cancel());
    const supersede = () => {
      if (this.#children.has(child)) tell(child, 'superseded');
    };
    return { pid: child.pid, inboundPort, names, supersede };
  }

  #refused(error: SidecarError | PlatformError): SidecarError | PlatformError {
    if (error instanceof SidecarError && error.code === 'WORKLOAD_REVOKED') {
      this.#isEnding = true;
      this.#revoked.resolve(error);
    }
    return error;
  }

  #ended(child: AttachedChild, code: number): void {
    if (this.#isEnding || this.#serving?.pid !== child.pid) return;
    this.#log.error('sidecar ended, starting it again', { pid: child.pid, code });
    this.#serving = undefined;
    this.#restartIfGone();
  }

  #restartIfGone(): void {
    if (this.#serving !== undefined || this.#isUpgrading || this.#isEnding) return;
    realClock.after(this.#delay.next(), () => {
      if (this.#serving !== undefined || this.#isEnding) return;
      this.start().catch((error: unknown) => {
        if (this.#isEnding) return;
        this.#log.error('sidecar did not start again', { error });
        this.#restartIfGone();
      });
    });
  }
}

const tell = (child: AttachedChild, event: SupervisorNotice['event']): void =>
  child.write(encodeNotice({ event }));
