import type { Clock } from '../ports/index.ts';
import { DemoError } from './errors.ts';

/** What a look at the world gave: the thing that was waited for, or what is there instead. */
export type Sight<T> = { readonly done: true; readonly value: T } | { readonly seen: string };

export const there = <T>(value: T): Sight<T> => ({ done: true, value });
export const notYet = (seen: string): Sight<never> => ({ seen });

const LOOK_EVERY_MS = 25;

/** Resolves when `signal` says that it is over; take it before anything that takes time. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Resolves after `delayMs`; for pauses between looks, never in place of a condition. */
export const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => void clock.after(delayMs, resolve));

/**
 * Looks again and again until `look` finds `what`, and returns it.
 *
 * @throws DemoError DEMO_WAIT_EXPIRED after `timeoutMs`, with what was seen last
 */
export async function waitFor<T>(
  clock: Clock,
  what: string,
  timeoutMs: number,
  look: () => Promise<Sight<T>> | Sight<T>,
): Promise<T> {
  const startedMs = clock.monotonic();
  for (;;) {
    const sight = await look();
    if ('done' in sight) return sight.value;
    if (clock.monotonic() - startedMs >= timeoutMs) {
      const message = `waited ${Math.round(timeoutMs)} ms for ${what}; last seen: ${sight.seen}`;
      throw new DemoError('DEMO_WAIT_EXPIRED', message);
    }
    await pause(clock, LOOK_EVERY_MS);
  }
}
