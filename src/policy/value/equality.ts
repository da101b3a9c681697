import type { Composite, Value } from './value.ts';

/** Cedar's `==` on two values: by content, and false for values of two types. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && a.equals(b);
}

/** A text that two values share exactly if they are equal. */
export const keyOf = (value: Value): string =>
  typeof value === 'object'
    ? value.key
    : typeof value === 'string'
      ? JSON.stringify(value)
      : String(value);

/** For values whose key says everything: equal if both are of one class and have one key. */
export const sameKey = (a: Composite, b: Composite): boolean =>
  a.constructor === b.constructor && a.key === b.key;
