import { cedar, type Language } from '../link/index.ts';
import {
  type Binary,
  EntityRef,
  Fault,
  faults,
  RecordValue,
  SetValue,
  type Unary,
} from '../value/index.ts';

/** A language in which one operator is broken. */
export interface Mutant {
  readonly name: string;
  readonly language: Language;
}

const { unary, binary, entity } = cedar;

const brokenUnary = (name: string, operator: keyof Language['unary'], broken: Unary): Mutant => ({
  name: `${operator}: ${name}`,
  language: { ...cedar, unary: { ...unary, [operator]: broken } },
});

const brokenBinary = (
  name: string,
  operator: keyof Language['binary'],
  broken: Binary,
): Mutant => ({
  name: `${operator}: ${name}`,
  language: { ...cedar, binary: { ...binary, [operator]: broken } },
});

const keysOf = <T extends object>(table: T): (keyof T)[] => Object.keys(table) as (keyof T)[]; // the tables hold no other keys

/** So that no operator can be left out: each without its errors, and each without its values. */
const forEveryOperator: Mutant[] = [
  ...keysOf(unary).flatMap((operator) => [
    brokenUnary('a fault is false', operator, (a) => orFalse(unary[operator](a))),
    brokenUnary('always a fault', operator, () => faults.type),
  ]),
  ...keysOf(binary).flatMap((operator) => [
    brokenBinary('a fault is false', operator, (a, b) => orFalse(binary[operator](a, b))),
    brokenBinary('always a fault', operator, () => faults.type),
  ]),
];

function orFalse(outcome: ReturnType<Unary>): ReturnType<Unary> {
  return outcome instanceof Fault ? false : outcome;
}

/** Each operator as its nearest relative. */
const RELATIVES: readonly (readonly [keyof Language['binary'], keyof Language['binary']])[] = [
  ['==', '!='],
  ['!=', '=='],
  ['<', '<='],
  ['<=', '<'],
  ['>', '>='],
  ['>=', '>'],
  ['<', '>'],
  ['+', '-'],
  ['-', '+'],
  ['*', '+'],
  ['containsAll', 'containsAny'],
  ['containsAny', 'containsAll'],
  ['lessThan', 'lessThanOrEqual'],
  ['lessThanOrEqual', 'lessThan'],
  ['greaterThan', 'greaterThanOrEqual'],
  ['greaterThanOrEqual', 'greaterThan'],
];
const UNARY_RELATIVES: readonly (readonly [keyof Language['unary'], keyof Language['unary']])[] = [
  ['isIpv4', 'isIpv6'],
  ['isIpv6', 'isIpv4'],
  ['isLoopback', 'isMulticast'],
  ['isMulticast', 'isLoopback'],
  ['toMilliseconds', 'toSeconds'],
  ['toSeconds', 'toMinutes'],
  ['toMinutes', 'toHours'],
  ['toHours', 'toDays'],
  ['toDays', 'toHours'],
];

const relatives: Mutant[] = [
  ...RELATIVES.map(([operator, other]) => brokenBinary(`as ${other}`, operator, binary[other])),
  ...UNARY_RELATIVES.map(([operator, other]) => brokenUnary(`as ${other}`, operator, unary[other])),
];

const subtle: Mutant[] = [
  brokenUnary('does nothing', '!', (a) => (typeof a === 'boolean' ? a : unary['!'](a))),
  brokenUnary('forgets that -(-2^63) overflows', 'neg', (a) =>
    a === -(2n ** 63n) ? a : unary.neg(a),
  ),
  brokenUnary('forgets the time of day below 1970', 'toDate', (a) => a),
  brokenBinary('rounds beyond 2^53', '+', (a, b) => rounded(binary['+'](a, b))),
  brokenBinary('rounds beyond 2^53', '*', (a, b) => rounded(binary['*'](a, b))),
  brokenBinary('swapped', '-', (a, b) => binary['-'](b, a)),
  brokenBinary('swapped', 'isInRange', (a, b) => binary.isInRange(b, a)),
  brokenBinary('swapped', 'durationSince', (a, b) => binary.durationSince(b, a)),
  brokenBinary('sees no entities', 'contains', (a, b) =>
    b instanceof EntityRef && a instanceof SetValue ? false : binary.contains(a, b),
  ),
  brokenBinary('compares records by identity', '==', (a, b) =>
    a instanceof RecordValue && b instanceof RecordValue ? a === b : binary['=='](a, b),
  ),
  {
    name: 'in: knows no parents',
    language: {
      ...cedar,
      entity: {
        ...entity,
        in: (input, a, b) =>
          b instanceof EntityRef && a instanceof EntityRef
            ? a.key === b.key
            : entity.in(input, a, b),
      },
    },
  },
  {
    name: 'in: takes whatever stands in a set',
    language: {
      ...cedar,
      entity: {
        ...entity,
        in: (input, a, b) =>
          entity.in(input, a, b instanceof SetValue ? new SetValue(b.composites.values()) : b),
      },
    },
  },
  {
    name: 'hasTag: looks at attributes',
    language: {
      ...cedar,
      entity: {
        ...entity,
        hasTag: (input, a, b) =>
          typeof b === 'string' && a instanceof EntityRef
            ? cedar.has(input, a, b)
            : entity.hasTag(input, a, b),
      },
    },
  },
  {
    name: 'getTag: false when there is none',
    language: {
      ...cedar,
      entity: {
        ...entity,
        getTag: (input, a, b) => orFalse(entity.getTag(input, a, b)),
      },
    },
  },
  {
    name: '&&: takes anything on its right',
    language: {
      ...cedar,
      and: (left, right) => (input) => {
        const first = left(input);
        return first === true ? right(input) : cedar.and(left, right)(input);
      },
    },
  },
  {
    name: '&&: looks at both sides',
    language: {
      ...cedar,
      and: (left, right) => (input) => {
        const second = right(input);
        return second instanceof Fault ? second : cedar.and(left, right)(input);
      },
    },
  },
  {
    name: '||: looks at both sides',
    language: {
      ...cedar,
      or: (left, right) => (input) => {
        const second = right(input);
        return second instanceof Fault ? second : cedar.or(left, right)(input);
      },
    },
  },
  { name: '&& as ||', language: { ...cedar, and: cedar.or } },
  { name: '|| as &&', language: { ...cedar, or: cedar.and } },
  {
    name: 'if: swapped',
    language: { ...cedar, choose: (condition, yes, no) => cedar.choose(condition, no, yes) },
  },
  {
    name: 'if: takes what is no boolean for false',
    language: {
      ...cedar,
      choose: (condition, yes, no) => (input) => (condition(input) === true ? yes : no)(input),
    },
  },
  {
    name: 'attribute: false when there is none',
    language: {
      ...cedar,
      attribute: (input, of, name) => orFalse(cedar.attribute(input, of, name)),
    },
  },
  {
    name: 'has: false for what has no attributes',
    language: { ...cedar, has: (input, of, name) => orFalse(cedar.has(input, of, name)) },
  },
  { name: 'has: always', language: { ...cedar, has: () => true } },
  {
    name: 'is: any type',
    language: { ...cedar, is: (of) => of instanceof EntityRef || orFalse(of) },
  },
  {
    name: 'is: false for what is no entity',
    language: { ...cedar, is: (of, type) => orFalse(cedar.is(of, type)) },
  },
  { name: 'like: everything', language: { ...cedar, like: (of) => typeof of === 'string' || of } },
  {
    name: 'like: nothing',
    language: {
      ...cedar,
      like: (of) => (typeof of === 'string' ? false : cedar.like(of, () => true)),
    },
  },
  {
    name: 'like: false for what is no text',
    language: { ...cedar, like: (of, matches) => orFalse(cedar.like(of, matches)) },
  },
];

function rounded(outcome: ReturnType<Unary>): ReturnType<Unary> {
  return typeof outcome === 'bigint' ? BigInt.asIntN(64, BigInt(Number(outcome))) : outcome;
}

export const mutants: readonly Mutant[] = [...forEveryOperator, ...relatives, ...subtle];
