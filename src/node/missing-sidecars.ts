import type { Clock, Timer } from '../ports/index.ts';
import { ORPHAN_GRACE_MS } from './endpoint-records.ts';
import type { WorkloadSession } from './workload-session.ts';

/** How often it is looked whether their processes are there, while some are missing, milliseconds. */
const LOOK_MS = 1_000;

type Session = Pick<WorkloadSession, 'workload' | 'facts'>;

interface Missing {
  readonly session: Session;
  /** By the monotonic clock: after that it is taken not to come back. */
  readonly until: number;
}

export interface MissingSidecarsParts {
  readonly clock: Clock;
  readonly isProcessAlive: (pid: number) => boolean;
  /** One of them may be missing no more. */
  readonly changed: () => void;
}

/**
 * Sidecars whose connection ended while their process goes on: they decide by what they had until they are here
 * again, so that a change has not arrived without them. At most as many as there are connections.
 */
export class MissingSidecars {
  readonly #parts: MissingSidecarsParts;
  readonly #missing = new Map<string, Missing>();
  #seen: readonly Session[] = [];
  #look: Timer | undefined;

  constructor(parts: MissingSidecarsParts) {
    this.#parts = parts;
  }

  /** `sessions` and those that are missing among the ones of before: all that decide on this host. */
  among(sessions: readonly Session[]): readonly Session[] {
    const { clock, isProcessAlive, changed } = this.#parts;
    const now = clock.monotonic();
    const here = new Set(sessions.map(instanceOf));
    for (const session of this.#seen) {
      const instance = instanceOf(session);
      if (instance === undefined || this.#missing.has(instance)) continue;
      this.#missing.set(instance, { session, until: now + ORPHAN_GRACE_MS });
    }
    for (const [instance, { session, until }] of this.#missing) {
      const isGone = now >= until || !isProcessAlive(session.facts.pid);
      if (isGone || here.has(instance)) this.#missing.delete(instance);
    }
    this.#seen = sessions;
    this.#look?.cancel();
    this.#look = this.#missing.size === 0 ? undefined : clock.after(LOOK_MS, changed);
    return [...sessions, ...[...this.#missing.values()].map(({ session }) => session)];
  }

  stop(): void {
    this.#look?.cancel();
  }
}

const instanceOf = ({ workload }: Session): string | undefined => workload?.hello.instance;
