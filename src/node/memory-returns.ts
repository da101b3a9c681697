import type { Clock, Timer } from '../ports/index.ts';

/** When the first connections and records are there; most of what the start needed is garbage then. */
const FIRST_RETURN_MS = 15_000;
/** Afterwards: a two-thousandth of a core for what grew meanwhile. */
const RETURN_PERIOD_MS = 300_000;

/** Has memory given back once the node has started, and now and then: at rest the runtime keeps what it once had. */
export function returnMemoryNowAndThen(clock: Clock, returnMemory: () => void): Timer {
  const first = clock.after(FIRST_RETURN_MS, returnMemory);
  const further = clock.every(RETURN_PERIOD_MS, returnMemory);
  return {
    cancel() {
      first.cancel();
      further.cancel();
    },
  };
}
