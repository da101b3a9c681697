import { type Fault, faults } from './fault.ts';

/**
 * Cedar's 64-bit integer: a number while it is a safe integer, a bigint beyond. Each value has one form
 * only, so that `===` compares, and numbers below 2^53 never pay for the rest.
 */
export type Long = number | bigint;

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

export const isLong = (value: unknown): value is Long =>
  typeof value === 'number' || typeof value === 'bigint';

/** The one form of `exact`, or a fault when 64 bits cannot hold it. */
export function longOf(exact: bigint): Long | Fault {
  if (exact < MIN || exact > MAX) return faults.overflow;
  const short = Number(exact);
  return Number.isSafeInteger(short) ? short : exact;
}

// A sum, difference or product of two safe integers that is safe itself was not rounded.
export function add(a: Long, b: Long): Long | Fault {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return longOf(BigInt(a) + BigInt(b));
}

export function subtract(a: Long, b: Long): Long | Fault {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return longOf(BigInt(a) - BigInt(b));
}

export function multiply(a: Long, b: Long): Long | Fault {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product;
  }
  return longOf(BigInt(a) * BigInt(b));
}

export const negate = (a: Long): Long | Fault => subtract(0, a);

/** `a / by`, rounded toward zero; `by` is positive, so nothing overflows. */
export const divide = (a: Long, by: number): Long =>
  typeof a === 'number' ? (a - (a % by)) / by : inRange(a / BigInt(by));

/** What is left of `a` above the next lower multiple of `by`: at least 0, less than `by`. */
export function remainder(a: Long, by: number): number {
  const rest = typeof a === 'number' ? a % by : Number(a % BigInt(by));
  return rest < 0 ? rest + by : rest;
}

/** For results that are nearer to zero than a Long that was there already. */
function inRange(exact: bigint): Long {
  const short = Number(exact);
  return Number.isSafeInteger(short) ? short : exact;
}
