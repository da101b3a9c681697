import type { Clock, Random, Timer } from '../ports/index.ts';

/** A longer delay overflows and would fire at once; firing after 24 days is early, never late. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The host's clock. Its timers do not keep the process alive: sockets and children do. */
export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, run) => timer(setTimeout(run, Math.min(delayMs, LONGEST_DELAY_MS))),
  every: (periodMs, run) => timer(setInterval(run, periodMs)),
};

function timer(handle: ReturnType<typeof setTimeout>): Timer {
  handle.unref();
  return { cancel: () => clearTimeout(handle) };
}

export const realRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fraction: () => Math.random(),
};
