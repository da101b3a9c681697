import type { Durations } from '../figures/durations.ts';

/** Milliseconds; null when there was nothing to measure. */
export interface Spread {
  readonly count: number;
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export interface CheckResult {
  /** What must hold, as a sentence. */
  readonly promise: string;
  /** Why it does not: nothing when it holds, at most a few of many. */
  readonly breaches: readonly string[];
}

/** All that a run found out, as plain data. */
export interface RunReport {
  readonly scenario: string;
  readonly seed: number;
  readonly nodes: number;
  readonly virtualMinutes: number;
  readonly propagation: { readonly onEach: Spread; readonly onAll: Spread };
  readonly detection: { readonly onEach: Spread; readonly onAll: Spread };
  /** Pairs of a running member and a node that held it dead although it could reach it. */
  readonly falseDeaths: {
    readonly ofHealthyAtHealthy: number;
    readonly ofHealthyAtSlow: number;
    readonly ofSlow: number;
  };
  /** Sent, by what it was for. */
  readonly bytesPerNodePerSecond: Readonly<Record<string, number>>;
  /** From when all faults were over until all running nodes held the same records. */
  readonly agreementMs: number | null;
  readonly cost: {
    readonly wallMs: number;
    readonly events: number;
    readonly peakBytes: number;
  };
  /** Equal for equal runs: over every event in its order. */
  readonly trace: string;
  readonly checks: readonly CheckResult[];
}

export const isGood = ({ checks }: Pick<RunReport, 'checks'>): boolean =>
  checks.every(({ breaches }) => breaches.length === 0);

export const spreadOf = (durations: Durations): Spread => ({
  count: durations.count,
  p50: numberOrNull(durations.quantileMs(0.5)),
  p99: numberOrNull(durations.quantileMs(0.99)),
  max: numberOrNull(durations.longestMs),
});

/** JSON knows no NaN. */
const numberOrNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
