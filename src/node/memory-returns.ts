import type { Clock, Timer } from '../ports/index.ts';

/** When the first connections and records are there; most of what the start needed is garbage then. */
const FIRST_RETURN_MS = 15_000;
/** How often it is looked at whether there is anything to give back, and whether work has ended. */
const LOOK_PERIOD_MS = 20_000;
/** Of a processor, what this thread uses at rest at most: a node among thirty takes 0.4 %, one that works 2 and more. */
const MOST_AT_REST = 0.015;
/** A node that is never at rest gives back as often nevertheless: forgotten code is compiled again, which costs it 0.3 s. */
const BUSY_PERIOD_MS = 600_000;
/** How often it is read how far a return went: the kernel has the pages some seconds after, and work takes others at once. */
const READ_PERIOD_MS = 2_000;
/** Bytes more than at the least after the last return: a node that has worked has 11 to 20 MB to give back, one at rest 5. */
const GROWTH_BYTES = 10_000_000;

export interface MemoryReturnsParts {
  readonly clock: Clock;
  /** Drops what is made again when it is needed; false when there was nothing. */
  readonly letGo: () => boolean;
  readonly residentBytes: () => number;
  /** Of the thread that works, milliseconds so far. */
  readonly processorMs: () => number;
  readonly returnMemory: () => void;
}

/**
 * Has memory given back once the node has started, and when it has worked and is at rest again: at rest the runtime
 * keeps what it once had. Not amid work, which would have it taken and compiled again at once.
 */
export function returnMemoryNowAndThen(parts: MemoryReturnsParts): Timer {
  const { clock, letGo, residentBytes, processorMs, returnMemory } = parts;
  let leastBytes = Number.POSITIVE_INFINITY;
  let returnedAt = clock.monotonic();
  let usedMs = processorMs();
  let reads: Timer | undefined;
  const giveBack = () => {
    returnMemory();
    returnedAt = clock.monotonic();
    leastBytes = Number.POSITIVE_INFINITY;
    reads?.cancel();
    reads = clock.every(READ_PERIOD_MS, () => {
      leastBytes = Math.min(leastBytes, residentBytes());
    });
  };
  const look = () => {
    const usedBefore = usedMs;
    usedMs = processorMs();
    if (clock.monotonic() - returnedAt >= LOOK_PERIOD_MS) reads?.cancel();
    const isAtRest = usedMs - usedBefore <= MOST_AT_REST * LOOK_PERIOD_MS;
    if (!isAtRest && clock.monotonic() - returnedAt < BUSY_PERIOD_MS) return;
    if (letGo() || residentBytes() > leastBytes + GROWTH_BYTES) giveBack();
  };
  const first = clock.after(FIRST_RETURN_MS, () => {
    letGo();
    giveBack();
  });
  const further = clock.every(LOOK_PERIOD_MS, look);
  return {
    cancel() {
      for (const timer of [first, further, reads]) timer?.cancel();
    },
  };
}
