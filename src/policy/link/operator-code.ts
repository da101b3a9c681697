import type { Binary } from '../value/index.ts';
import { type Code, constantCode, type Linking, LinkRefusal, type NodeOf } from './code.ts';
import type { Evaluate } from './language.ts';

export function unaryCode({ language, code }: Linking, node: NodeOf<'unary'>): Code {
  const operate = known(language.unary, node.operator);
  const { evaluate, constant } = code(node.of);
  // ip("10.0.0.0/8") and its like are parsed here, once.
  if (constant !== undefined) return constantCode(operate(constant));
  return { evaluate: (input) => operate(evaluate(input)) };
}

export function binaryCode({ language, code }: Linking, node: NodeOf<'binary'>): Code {
  const left = code(node.left);
  const right = code(node.right);
  if (node.operator === 'in' || node.operator === 'hasTag' || node.operator === 'getTag') {
    const operate = language.entity[node.operator];
    const [a, b] = [left.evaluate, right.evaluate];
    return { evaluate: (input) => operate(input, a(input), b(input)) };
  }
  const operate = known(language.binary, node.operator);
  if (left.constant !== undefined && right.constant !== undefined) {
    return constantCode(operate(left.constant, right.constant));
  }
  return { evaluate: withConstant(operate, left, right) };
}

/** Most operators have a literal on one side, which then costs no call. */
function withConstant(operate: Binary, left: Code, right: Code): Evaluate {
  const [a, b] = [left.evaluate, right.evaluate];
  const { constant } = right;
  return constant === undefined
    ? (input) => operate(a(input), b(input))
    : (input) => operate(a(input), constant);
}

function known<T extends object, Name extends keyof T & string>(table: T, operator: Name): T[Name] {
  // The type is a promise of the node that compiled the program, which may be of another version.
  if (Object.hasOwn(table, operator)) return table[operator];
  throw new LinkRefusal(`the operator '${operator}' is not known to this version`);
}
