import type { Log, Meter } from '../../ports/index.ts';

const nothing = (): undefined => undefined;

/** Attackers keep no books. */
export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
};

export const silentMeter: Meter = {
  counter: () => ({ add: nothing }),
  gauge: () => ({ set: nothing, remove: nothing }),
  histogram: () => ({ observe: nothing }),
};
