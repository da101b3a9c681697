import { faults, matcherOf } from '../value/index.ts';
import { type Code, constantCode, type Linking, type NodeOf } from './code.ts';
import type { Evaluate } from './language.ts';

export function attributeCode(
  { language, context, code }: Linking,
  node: NodeOf<'attribute'>,
): Code {
  const { name, of } = node;
  if (isContext(of)) {
    const slot = context.read(name);
    if (slot === undefined) return constantCode(faults.attribute);
    return { evaluate: (input) => input.slots[slot] ?? faults.attribute };
  }
  const { evaluate } = code(of);
  return { evaluate: (input) => language.attribute(input, evaluate(input), name) };
}

export function hasCode(linking: Linking, node: NodeOf<'has'>): Code {
  const [first = '', ...rest] = node.names;
  const tested = oneHasCode(linking, node.of, first);
  if (rest.length === 0) return tested;
  // `a has b.c` is `a has b && a.b has c`.
  const inner = hasCode(linking, {
    op: 'has',
    of: { op: 'attribute', of: node.of, name: first },
    names: rest,
  });
  return { evaluate: linking.language.and(tested.evaluate, inner.evaluate) };
}

function oneHasCode(
  { language, context, code }: Linking,
  of: NodeOf<'has'>['of'],
  name: string,
): Code {
  if (isContext(of)) {
    const slot = context.read(name);
    if (slot === undefined) return constantCode(false);
    return { evaluate: (input) => input.slots[slot] !== undefined };
  }
  const { evaluate } = code(of);
  return { evaluate: (input) => language.has(input, evaluate(input), name) };
}

export function likeCode({ language, code }: Linking, node: NodeOf<'like'>): Code {
  const { evaluate } = code(node.of);
  const matches = matcherOf(node.texts);
  return { evaluate: (input) => language.like(evaluate(input), matches) };
}

export function isCode({ language, code }: Linking, node: NodeOf<'is'>): Code {
  const { evaluate } = code(node.of);
  const { type, in: within } = node;
  const hasType: Evaluate = (input) => language.is(evaluate(input), type);
  if (within === undefined) return { evaluate: hasType };
  // `a is T in b` is `a is T && a in b`.
  const b = code(within).evaluate;
  const isInside: Evaluate = (input) => language.entity.in(input, evaluate(input), b(input));
  return { evaluate: language.and(hasType, isInside) };
}

const isContext = (node: NodeOf<'has'>['of']): boolean =>
  node.op === 'variable' && node.name === 'context';
