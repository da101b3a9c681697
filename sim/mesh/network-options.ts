import type { NetworkPlan } from '../scenario/index.ts';
import type { NetworkOptions } from '../world/index.ts';

/** A plan in the terms of the simulated network: ways instead of round trips. */
export function networkOf(plan: NetworkPlan): NetworkOptions {
  const { regions, roundTripMs, farRoundTripMs, jitter, loss, duplication, reordering } = plan;
  const jitterMs = (roundTripMs / 2) * jitter;
  // Half of what jitter adds at most, so that the mean is what the plan says.
  const wayMs = (ms: number): number => Math.max(0, (ms - jitterMs) / 2);
  const latencyMs = Array.from({ length: regions }, (_row, from) =>
    Array.from({ length: regions }, (_column, to) =>
      wayMs(from === to ? roundTripMs : farRoundTripMs),
    ),
  );
  return { latencyMs, jitterMs, loss, duplication, reordering };
}
