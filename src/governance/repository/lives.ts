const DAY_MS = 86_400_000;

/** How long each signed document stays good, in milliseconds from its signing. */
export const LIVES_MS = {
  /** Signed by people: a year leaves time to notice (`selvage status` warns). */
  root: 365 * DAY_MS,
  targets: 365 * DAY_MS,
  /** Signed by machines; it changes with the targets. The timestamp's life is a setting of the mesh. */
  snapshot: 30 * DAY_MS,
} as const;

/** Less than half of its life left: time to sign it again. */
export const isDue = (expiresAtMs: number, lifeMs: number, nowMs: number): boolean =>
  expiresAtMs - nowMs < lifeMs / 2;
