import type { Clock } from '../ports/index.ts';

/** `tell`, but at most once in `periodMs`; what comes too soon after is left out. */
export function nowAndThen(
  periodMs: number,
  clock: Pick<Clock, 'monotonic'>,
  tell: () => void,
): () => void {
  let lastAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.monotonic();
    if (now - lastAt < periodMs) return;
    lastAt = now;
    tell();
  };
}
