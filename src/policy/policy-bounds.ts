import type { Namespace } from '../core/index.ts';
import { withoutTexts } from './statements.ts';

/*
 * What one policy may cost. Cedar's engine recurses: on text or expressions far beyond these it overruns its stack
 * (seen from 150 nested brackets, 250 nested additions, 4,000 operators on) and is unusable from then on.
 */

/** Characters. The longest in Cedar's own examples has about 1,000. */
const MAX_POLICY_CHARACTERS = 16 * 1024;
/** Brackets inside brackets; the braces of a condition are one pair. */
const MAX_BRACKET_DEPTH = 32;
/** `.`, `+`, `&&`, … in all. */
const MAX_OPERATORS = 1_000;
/** Operators inside operators; `a && b && c` nests two. */
const MAX_EXPRESSION_DEPTH = 128;
/** `*` in all patterns of one policy: each is a place to start over when matching a text. */
const MAX_WILDCARDS = 16;
/** Members of one set. */
const MAX_SET_MEMBERS = 256;

/** Of one namespace: a team cannot hold up every node for longer than these take to read, about 0.4 s. */
export const MAX_NAMESPACE_POLICIES = 1_000;
/** Characters in all its files. */
export const MAX_NAMESPACE_CHARACTERS = 512 * 1024;

/** Why no more of a namespace's policies are read; undefined when these are not too many. */
export function namespaceProblem(
  namespace: Namespace,
  { policies, characters }: { readonly policies: number; readonly characters: number },
): string | undefined {
  const [count, max, what] =
    policies > MAX_NAMESPACE_POLICIES
      ? [policies, MAX_NAMESPACE_POLICIES, 'policies']
      : [characters, MAX_NAMESPACE_CHARACTERS, 'characters'];
  return count > max
    ? `with this file ${namespace} has ${count} ${what} of policies, and at most ${max} are taken`
    : undefined;
}

/** Why this text is not given to the parser; undefined when it may be. */
export function textProblem(text: string): string | undefined {
  if (text.length > MAX_POLICY_CHARACTERS) {
    return over('characters', text.length, MAX_POLICY_CHARACTERS);
  }
  const code = withoutTexts(text);
  const brackets = bracketDepth(code);
  if (brackets > MAX_BRACKET_DEPTH) return over('nested brackets', brackets, MAX_BRACKET_DEPTH);
  const operators = code.match(/[.+*-]|[=!<>]=?|&&|\|\||\b(?:if|in|like|has|is)\b/g)?.length ?? 0;
  return operators > MAX_OPERATORS ? over('operators', operators, MAX_OPERATORS) : undefined;
}

/** Why a policy in Cedar's JSON form costs too much; undefined when it does not. */
export function costProblem(json: unknown): string | undefined {
  const { depth, wildcards, members } = costOf(json);
  if (depth > MAX_EXPRESSION_DEPTH) return over('nested operators', depth, MAX_EXPRESSION_DEPTH);
  if (wildcards > MAX_WILDCARDS) return over("wildcards ('*')", wildcards, MAX_WILDCARDS);
  return members > MAX_SET_MEMBERS
    ? over('members in one set', members, MAX_SET_MEMBERS)
    : undefined;
}

const over = (what: string, count: number, max: number): string =>
  `it costs too much to evaluate at every request: ${count} ${what}, and at most ${max} are taken; split it up`;

function bracketDepth(code: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of code.matchAll(/[()[\]{}]/g)) {
    depth += '([{'.includes(bracket) ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

interface Cost {
  readonly depth: number;
  readonly wildcards: number;
  readonly members: number;
}

/** Each operator is two levels of JSON (its name, and its operands), and so is a condition. */
const LEVELS_PER_OPERATOR = 2;

function costOf(policy: unknown): Cost {
  let [depth, wildcards, members] = [0, 0, 0];
  const open: [json: unknown, level: number][] = [[policy, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [json, level] = next;
    depth = Math.max(depth, Math.floor(level / LEVELS_PER_OPERATOR));
    if (json === 'Wildcard') wildcards += 1;
    if (typeof json !== 'object' || json === null) continue;
    if ('Set' in json && Array.isArray(json.Set)) members = Math.max(members, json.Set.length);
    for (const inner of Object.values(json)) open.push([inner, level + 1]);
  }
  return { depth, wildcards, members };
}
