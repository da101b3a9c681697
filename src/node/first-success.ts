import type { Clock } from '../ports/index.ts';

/**
 * Begins one attempt after the other: the next one when one before it failed, or took `staggerMs`. Resolves with what
 * the first to succeed gives, or undefined when all failed; attempts that are under way then go on unheard.
 */
export function firstSuccess<T>(
  attempts: readonly (() => Promise<T>)[],
  staggerMs: number,
  clock: Clock,
): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<T | undefined>();
  const left = [...attempts];
  let [running, isDone] = [0, false];
  const end = (value: T | undefined): void => {
    isDone = true;
    resolve(value);
  };
  const next = (): void => {
    if (isDone) return;
    const attempt = left.shift();
    if (attempt === undefined) {
      if (running === 0) end(undefined);
      return;
    }
    running += 1;
    const timer = clock.after(staggerMs, next);
    attempt().then(
      (value) => {
        timer.cancel();
        end(value);
      },
      () => {
        timer.cancel();
        running -= 1;
        next();
      },
    );
  };
  next();
  return promise;
}
