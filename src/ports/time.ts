/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;

export interface Timer {
  /** Stops it; a timer that fired or was cancelled is left as it is. */
  cancel(): void;
}

/** The only way to know the time or to wait, so that a test can move it by hand. */
export interface Clock {
  /** Wall-clock time; may jump when the host's clock is set. Never use it to measure a span. */
  now(): EpochMs;
  /** Milliseconds from an arbitrary start, never falling: for spans and timeouts. */
  monotonic(): number;
  /** Calls `run` once, after `delayMs`. Does not by itself keep the process alive. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` each `periodMs` until cancelled. Does not by itself keep the process alive. */
  every(periodMs: number, run: () => void): Timer;
}

/** The only source of randomness; seeded in tests. */
export interface Random {
  /** Cryptographically strong in the real adapter. */
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). */
  fraction(): number;
}
