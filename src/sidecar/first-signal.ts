import { onSignals, type StopSignal } from '../platform/index.ts';

/** The signals that end a run. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What asks a run to end while there is no program yet to be asked: nothing that was begun may be left behind. */
export interface FirstSignal {
  readonly came: Promise<StopSignal>;
  /** Leaves signals to whoever listens by then. */
  release(): void;
}

export function firstSignal(): FirstSignal {
  const { promise, resolve } = Promise.withResolvers<StopSignal>();
  return { came: promise, release: onSignals(ENDING_SIGNALS, resolve) };
}
