import type { DecisionProgram, Expression } from '../decision-program.ts';

/** What policies read of a request beside who calls what, from where and how. */
export interface ProgramReads {
  /** Names of headers, in lower case. */
  readonly headers: ReadonlySet<string>;
  /** `<issuer>|<group>` of the groups that are named. */
  readonly groups: ReadonlySet<string>;
  /** Some claim of a user. */
  readonly claims: boolean;
}

/** Those of no policies at all. */
export const NO_READS: ProgramReads = { headers: new Set(), groups: new Set(), claims: false };

/** What the policies of a program read, enforced or in audit mode. */
export function programReads({ policies, headers: named }: DecisionProgram): ProgramReads {
  const headers = new Set<string>();
  const groups = new Set<string>();
  let claims = false;
  for (const { condition } of policies) {
    const open: Expression[] = condition === undefined ? [] : [condition];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const read = headersAt(at);
      for (const name of read ?? []) headers.add(name);
      if (read === undefined) open.push(...partsOf(at));
      if (isWholeContext(at)) for (const name of named) headers.add(name);
      if (at.op === 'entity' && at.type === 'Group') groups.add(at.id);
      claims ||= at.op === 'binary' && (at.operator === 'hasTag' || at.operator === 'getTag');
    }
  }
  return { headers, groups, claims };
}

/** Names that are read where an expression is `context.headers.x`, or asks whether there is one. */
function headersAt(at: Expression): readonly string[] | undefined {
  if (at.op === 'attribute' && isHeaders(at.of)) return [at.name];
  if (at.op !== 'has') return undefined;
  if (isHeaders(at.of)) return at.names.slice(0, 1);
  return isContext(at.of) ? at.names.slice(1, at.names[0] === 'headers' ? 2 : 1) : undefined;
}

const isContext = (at: Expression): boolean => at.op === 'variable' && at.name === 'context';
const isHeaders = (at: Expression): boolean =>
  at.op === 'attribute' && at.name === 'headers' && isContext(at.of);

/** Taken as one value, all headers are in it. What reads one of them, or another attribute, does not get here. */
const isWholeContext = (at: Expression): boolean => isHeaders(at) || isContext(at);

function partsOf(at: Expression): readonly Expression[] {
  switch (at.op) {
    case 'literal':
    case 'entity':
    case 'variable':
      return [];
    case 'unary':
    case 'like':
      return [at.of];
    case 'has':
      return [at.of];
    case 'attribute':
      // `context.path` reads the path alone.
      return isContext(at.of) && at.name !== 'headers' ? [] : [at.of];
    case 'is':
      return at.in === undefined ? [at.of] : [at.of, at.in];
    case 'binary':
    case 'and':
    case 'or':
      return [at.left, at.right];
    case 'if':
      return [at.condition, at.whenTrue, at.whenFalse];
    case 'set':
      return at.members;
    case 'record':
      return at.fields.map(([, value]) => value);
  }
}
