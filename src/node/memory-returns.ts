import type { Clock, Timer } from '../ports/index.ts';

/** How often it is looked at whether work has ended: a start takes one to two of these. */
const LOOK_PERIOD_MS = 15_000;
/** Of a processor, what this thread uses at rest at most: a node among thirty takes 0.4 %, one that works 2 and more. */
const MOST_AT_REST = 0.015;
/** Work that is worth a return, as a start is: giving back, and compiling again what is used, costs a tenth of it. */
const WORTH_MS = 1_000;
/** So much more resident than at the least since the last return is worth one too: work may take little time and much memory. */
const WORTH_BYTES = 15_000_000;
/** Given back as often in any case: by one that is never at rest, and because one that always is takes 4 MB meanwhile. */
const LONGEST_MS = 600_000;

export interface MemoryReturnsParts {
  readonly clock: Clock;
  /** Drops what is made again when it is needed; false when there was nothing. */
  readonly letGo: () => boolean;
  /** Of the thread that works, milliseconds so far. */
  readonly processorMs: () => number;
  /** What of this process is in memory now. */
  readonly residentBytes: () => number;
  readonly returnMemory: () => void;
}

/**
 * Has memory given back when the node has worked, as in its start, and is at rest again: at rest the runtime keeps
 * what it once had. Not amid work, which would have it taken and compiled again at once.
 */
export function returnMemoryNowAndThen(parts: MemoryReturnsParts): Timer {
  const { clock, letGo, processorMs, residentBytes, returnMemory } = parts;
  let returnedAt = clock.monotonic();
  let usedMs = processorMs();
  let workedMs = WORTH_MS;
  let leastBytes = Number.POSITIVE_INFINITY;
  return clock.every(LOOK_PERIOD_MS, () => {
    const now = clock.monotonic();
    const inPeriodMs = processorMs() - usedMs;
    usedMs += inPeriodMs;
    const isAtRest = inPeriodMs <= MOST_AT_REST * LOOK_PERIOD_MS;
    if (!isAtRest) workedMs += inPeriodMs;
    const bytes = residentBytes();
    leastBytes = Math.min(leastBytes, bytes);
    const isDue = now - returnedAt >= LONGEST_MS;
    const isWorth = workedMs >= WORTH_MS || bytes > leastBytes + WORTH_BYTES;
    if (!isAtRest && !isDue) return;
    if (!letGo() && !isDue && !isWorth) return;
    returnMemory();
    returnedAt = now;
    workedMs = 0;
    leastBytes = Number.POSITIVE_INFINITY; // the kernel has the pages some seconds after
  });
}
