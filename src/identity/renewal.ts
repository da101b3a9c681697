import type { EpochMs, Random } from '../ports/index.ts';

/** Share of the half-life by which renewals are spread, so that those issued together do not come back together. */
const JITTER = 0.1;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;
/** Where nothing is left to hurry for: soon enough for whoever waits, and seldom enough for those who are asked. */
const LONGEST_RETRY_AFTER_END_MS = 5_000;
/** At least this many tries fit into what is left of a life, however short it is. */
const TRIES_IN_WHAT_IS_LEFT = 10;

export interface Life {
  /** When it was received: `notBefore` is backdated and says nothing about its age. */
  readonly from: EpochMs;
  readonly notAfter: EpochMs;
}

/** When to renew: at half of the life, ± 10 %. */
export function renewAt({ from, notAfter }: Life, random: Random): EpochMs {
  const halfMs = Math.max(0, notAfter - from) / 2;
  return from + halfMs * (1 + JITTER * (2 * random.fraction() - 1));
}

/** Of what is left of a life when its authority's key is on its way out: within it all holders renew, each at a time of its own. */
const SHARE_OF_WHAT_IS_LEFT = 1 / 3;
/** Where nothing is left: within it all ask who lost theirs at one moment. */
const AT_ONCE_MS = 250;

/**
 * When to renew what counts no longer from `endsAt` on, though its life went on longer; `plannedAt` if that is soon
 * enough.
 */
export function renewBefore(
  endsAt: EpochMs,
  plannedAt: EpochMs,
  now: EpochMs,
  random: Random,
): EpochMs {
  const withinMs = Math.max(AT_ONCE_MS, (endsAt - now) * SHARE_OF_WHAT_IS_LEFT);
  return plannedAt <= now + withinMs ? plannedAt : now + withinMs * random.fraction();
}

/**
 * How long to wait after the `failures`th failure in a row (from 1): doubling from 0.5 s to 30 s and never more
 * than a tenth of the life that is left, or to 5 s when nothing is left; times a factor in [0.5, 1).
 */
export function retryAfterMs(failures: number, lifeLeftMs: number, random: Random): number {
  const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 16), LONGEST_RETRY_MS);
  const ceilingMs =
    lifeLeftMs <= 0
      ? LONGEST_RETRY_AFTER_END_MS
      : Math.max(FIRST_RETRY_MS, lifeLeftMs / TRIES_IN_WHAT_IS_LEFT);
  return Math.min(backoffMs, ceilingMs) * (0.5 + random.fraction() / 2);
}
