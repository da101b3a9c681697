import type { Clock, Timer } from '../ports/index.ts';

/** When the first connections and records are there; most of what the start needed is garbage then. */
const FIRST_RETURN_MS = 15_000;
/** What changes and questions need stays for the next of them as long at most. */
const LOOK_PERIOD_MS = 60_000;
/** How often it is read how far a return went: the kernel has the pages some seconds after, and work takes others at once. */
const READ_PERIOD_MS = 2_000;
/** Bytes more than at the least after the last return: a node that has worked has 11 to 20 MB to give back, one at rest 5. */
const GROWTH_BYTES = 10_000_000;

/**
 * Has memory given back once the node has started, and whenever it has grown since: at rest the runtime keeps what it
 * once had. `letGo` drops what is made again when it is needed; false when there was nothing.
 */
export function returnMemoryNowAndThen(parts: {
  readonly clock: Clock;
  readonly letGo: () => boolean;
  readonly residentBytes: () => number;
  readonly returnMemory: () => void;
}): Timer {
  const { clock, letGo, residentBytes, returnMemory } = parts;
  let leastBytes = Number.POSITIVE_INFINITY;
  let reads: Timer | undefined;
  const giveBack = () => {
    returnMemory();
    leastBytes = Number.POSITIVE_INFINITY;
    reads?.cancel();
    reads = clock.every(READ_PERIOD_MS, () => {
      leastBytes = Math.min(leastBytes, residentBytes());
    });
  };
  const first = clock.after(FIRST_RETURN_MS, () => {
    letGo();
    giveBack();
  });
  const further = clock.every(LOOK_PERIOD_MS, () => {
    reads?.cancel();
    if (letGo() || residentBytes() > leastBytes + GROWTH_BYTES) giveBack();
  });
  return {
    cancel() {
      for (const timer of [first, further, reads]) timer?.cancel();
    },
  };
}
