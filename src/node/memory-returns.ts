import type { Clock, Timer } from '../ports/index.ts';

/** When the first connections and records are there; most of what the start needed is garbage then. */
const FIRST_RETURN_MS = 15_000;
/** What changes and questions need stays for the next of them as long at most. */
const LOOK_PERIOD_MS = 60_000;
/** By then the kernel has what was given back. */
const SETTLING_MS = 10_000;
/** Bytes more than after the last return: a node that has worked has some 16 MB to give back, one at rest nothing. */
const GROWTH_BYTES = 12_000_000;

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
  let afterReturn = Number.POSITIVE_INFINITY;
  let settled: Timer | undefined;
  const giveBack = () => {
    returnMemory();
    settled = clock.after(SETTLING_MS, () => {
      afterReturn = residentBytes();
    });
  };
  const first = clock.after(FIRST_RETURN_MS, () => {
    letGo();
    giveBack();
  });
  const further = clock.every(LOOK_PERIOD_MS, () => {
    if (letGo() || residentBytes() > afterReturn + GROWTH_BYTES) giveBack();
  });
  return {
    cancel() {
      for (const timer of [first, further, settled]) timer?.cancel();
    },
  };
}
