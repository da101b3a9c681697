import type { Expression } from '../decision-program.ts';
import {
  type Binary,
  binaryFunctions,
  binaryOperators,
  EntityRef,
  faults,
  isIn,
  misfit,
  type Outcome,
  RecordValue,
  type Unary,
  unaryFunctions,
  unaryOperators,
} from '../value/index.ts';
import type { DecisionInput } from './decision-input.ts';

/** Gives what an expression is worth for one request. */
export type Evaluate = (input: DecisionInput) => Outcome;

type UnaryName = (Expression & { op: 'unary' })['operator'];
type BinaryName = (Expression & { op: 'binary' })['operator'];
export type EntityOperator = 'in' | 'hasTag' | 'getTag';

/** What each operator of a program does; one table, so that a test can break any of them and see it noticed. */
export interface Language {
  readonly unary: Readonly<Record<UnaryName, Unary>>;
  readonly binary: Readonly<Record<Exclude<BinaryName, EntityOperator>, Binary>>;
  /** Operators that look entities up. */
  readonly entity: Readonly<
    Record<EntityOperator, (input: DecisionInput, a: Outcome, b: Outcome) => Outcome>
  >;
  readonly and: (left: Evaluate, right: Evaluate) => Evaluate;
  readonly or: (left: Evaluate, right: Evaluate) => Evaluate;
  readonly choose: (condition: Evaluate, whenTrue: Evaluate, whenFalse: Evaluate) => Evaluate;
  readonly attribute: (input: DecisionInput, of: Outcome, name: string) => Outcome;
  readonly has: (input: DecisionInput, of: Outcome, name: string) => Outcome;
  readonly is: (of: Outcome, type: string) => Outcome;
  readonly like: (of: Outcome, matches: (text: string) => boolean) => Outcome;
}

const NO_ANCESTORS: ReadonlySet<string> = new Set();

export const cedar: Language = {
  unary: { ...unaryOperators, ...unaryFunctions },
  binary: { ...binaryOperators, ...binaryFunctions },
  entity: {
    in: (input, a, b) =>
      isIn(a, b, (a instanceof EntityRef && input.dataOf(a)?.ancestors) || NO_ANCESTORS),
    hasTag: (input, a, b) =>
      a instanceof EntityRef && typeof b === 'string'
        ? (input.dataOf(a)?.tags.has(b) ?? false)
        : misfit(a, b),
    getTag: (input, a, b) => {
      if (!(a instanceof EntityRef) || typeof b !== 'string') return misfit(a, b);
      const data = input.dataOf(a);
      return data === undefined ? faults.entity : (data.tags.get(b) ?? faults.tag);
    },
  },
  and: (left, right) => (input) => {
    const first = left(input);
    if (first === false) return false;
    if (first !== true) return misfit(first);
    const second = right(input);
    return typeof second === 'boolean' ? second : misfit(second);
  },
  or: (left, right) => (input) => {
    const first = left(input);
    if (first === true) return true;
    if (first !== false) return misfit(first);
    const second = right(input);
    return typeof second === 'boolean' ? second : misfit(second);
  },
  choose: (condition, whenTrue, whenFalse) => (input) => {
    const chosen = condition(input);
    if (chosen === true) return whenTrue(input);
    return chosen === false ? whenFalse(input) : misfit(chosen);
  },
  attribute: (input, of, name) => {
    if (of instanceof RecordValue) return of.fields.get(name) ?? faults.attribute;
    if (!(of instanceof EntityRef)) return misfit(of);
    const data = input.dataOf(of);
    return data === undefined ? faults.entity : (data.attributes.get(name) ?? faults.attribute);
  },
  has: (input, of, name) => {
    if (of instanceof RecordValue) return of.fields.has(name);
    if (!(of instanceof EntityRef)) return misfit(of);
    return input.dataOf(of)?.attributes.has(name) ?? false;
  },
  is: (of, type) => (of instanceof EntityRef ? of.type === type : misfit(of)),
  like: (of, matches) => (typeof of === 'string' ? matches(of) : misfit(of)),
};
