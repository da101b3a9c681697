declare const mark: unique symbol;

/**
 * A value that came out of a signature check. Only this room makes one, and what is read out of one
 * with {@link readVerified} is one again; so a function that takes a `Verified<T>` cannot be handed
 * something that nobody checked.
 */
export type Verified<T> = T & { readonly [mark]: true };

/** For this room alone (not in its index): call it after the check, never before. */
export const markVerified = <T>(value: T): Verified<T> => value as Verified<T>; // the one place that may

/** What follows from a verified value alone, such as its decoded form; undefined stays undefined. */
export function readVerified<T, U>(
  from: Verified<T>,
  read: (value: T) => U | undefined,
): Verified<U> | undefined {
  const value = read(from);
  return value === undefined ? undefined : markVerified(value);
}
