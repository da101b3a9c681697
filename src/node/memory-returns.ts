import type { Clock, Timer } from '../ports/index.ts';

/** When the first connections and records are there; most of what the start needed is garbage then. */
const FIRST_RETURN_MS = 15_000;
/** Afterwards: a two-thousandth of a core for what grew meanwhile. */
const RETURN_PERIOD_MS = 300_000;
/** What changes and questions need stays for the next of them as long at most. */
const LET_GO_PERIOD_MS = 60_000;

/**
 * Has memory given back once the node has started, and now and then: at rest the runtime keeps what it once had.
 * `letGo` drops what is made again when it is needed; false when there was nothing.
 */
export function returnMemoryNowAndThen(parts: {
  readonly clock: Clock;
  readonly letGo: () => boolean;
  readonly returnMemory: () => void;
}): Timer {
  const { clock, letGo, returnMemory } = parts;
  const first = clock.after(FIRST_RETURN_MS, () => {
    letGo();
    returnMemory();
  });
  const dropped = clock.every(LET_GO_PERIOD_MS, () => {
    if (letGo()) returnMemory();
  });
  const further = clock.every(RETURN_PERIOD_MS, returnMemory);
  return {
    cancel() {
      for (const timer of [first, dropped, further]) timer.cancel();
    },
  };
}
