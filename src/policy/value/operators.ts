import { Datetime } from './datetime.ts';
import { Duration } from './duration.ts';
import { EntityRef } from './entity.ts';
import { equal } from './equality.ts';
import { Fault, faults } from './fault.ts';
import { add, isLong, type Long, multiply, negate, subtract } from './long.ts';
import { SetValue } from './set.ts';
import type { Outcome } from './value.ts';

/** An operator whose operands are all evaluated. It passes on the first fault among them. */
export type Unary = (a: Outcome) => Outcome;
export type Binary = (a: Outcome, b: Outcome) => Outcome;

/** The fault of operands that an operator does not take: theirs, if one has no value at all. */
export const misfit = (a: Outcome, b?: Outcome): Fault =>
  a instanceof Fault ? a : b instanceof Fault ? b : faults.type;

const isEqual: Binary = (a, b) => {
  if (typeof a !== 'object' && typeof b !== 'object') return a === b;
  if (a instanceof Fault || b instanceof Fault) return misfit(a, b);
  return equal(a, b);
};

const not: Unary = (a) => (a === true ? false : a === false ? true : misfit(a));

/** What `<` and its like compare: numbers, and instants and spans among themselves. */
function compared(holds: (a: Long, b: Long) => boolean): Binary {
  return (a, b) => {
    if (isLong(a) && isLong(b)) return holds(a, b);
    if (a instanceof Datetime && b instanceof Datetime) return holds(a.epochMs, b.epochMs);
    if (a instanceof Duration && b instanceof Duration) return holds(a.ms, b.ms);
    return misfit(a, b);
  };
}

const computed =
  (operate: (a: Long, b: Long) => Outcome): Binary =>
  (a, b) =>
    isLong(a) && isLong(b) ? operate(a, b) : misfit(a, b);

const ofSets =
  (operate: (a: SetValue, b: SetValue) => boolean): Binary =>
  (a, b) =>
    a instanceof SetValue && b instanceof SetValue ? operate(a, b) : misfit(a, b);

/** https://docs.cedarpolicy.com/policies/syntax-operators.html */
export const unaryOperators = {
  '!': not,
  neg: (a: Outcome) => (isLong(a) ? negate(a) : misfit(a)),
  isEmpty: (a: Outcome) => (a instanceof SetValue ? a.size === 0 : misfit(a)),
} as const satisfies Record<string, Unary>;

export const binaryOperators = {
  '==': isEqual,
  '!=': (a: Outcome, b: Outcome) => not(isEqual(a, b)),
  '<': compared((a, b) => a < b),
  '<=': compared((a, b) => a <= b),
  '>': compared((a, b) => a > b),
  '>=': compared((a, b) => a >= b),
  '+': computed(add),
  '-': computed(subtract),
  '*': computed(multiply),
  contains: (a: Outcome, b: Outcome) =>
    a instanceof SetValue && !(b instanceof Fault) ? a.has(b) : misfit(a, b),
  containsAll: ofSets((a, b) => a.hasAll(b)),
  containsAny: ofSets((a, b) => a.hasAny(b)),
} as const satisfies Record<string, Binary>;

export type UnaryOperator = keyof typeof unaryOperators;
export type BinaryOperator = keyof typeof binaryOperators;

/** `in`: whether an entity is another, or below it, or is or is below one of a set. */
export function isIn(a: Outcome, b: Outcome, ancestors: ReadonlySet<string>): Outcome {
  if (!(a instanceof EntityRef)) return misfit(a, b);
  if (b instanceof EntityRef) return isSameOrBelow(a, b, ancestors);
  if (!(b instanceof SetValue)) return misfit(b);
  if (b.primitives.size > 0) return faults.type;
  let found = false;
  for (const member of b.composites.values()) {
    if (!(member instanceof EntityRef)) return faults.type;
    found ||= isSameOrBelow(a, member, ancestors);
  }
  return found;
}

const isSameOrBelow = (a: EntityRef, b: EntityRef, ancestors: ReadonlySet<string>): boolean =>
  a.key === b.key || ancestors.has(b.key);
