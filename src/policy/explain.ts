import type { DecisionRequest } from './decision.ts';
import type { CedarEngine } from './engine.ts';
import type { Policy } from './policy-file.ts';
import { actionOf, principalOf } from './question.ts';

/** A decision in words: what decided, and for a denial what would change it. */
export interface Explanation {
  readonly allowed: boolean;
  /** The permits of an allow, the forbids of a denial; empty when nothing permitted. */
  readonly deciding: readonly Policy[];
  /** Policies that failed to evaluate and were skipped, or why the engine could not decide. */
  readonly errors: readonly string[];
  /** For a denial: what a person would write or change. */
  readonly hint?: string;
}

export function explain(engine: CedarEngine, request: DecisionRequest): Explanation {
  const { allowed, policies, errors } = engine.decide(request);
  const deciding = policies.flatMap((id) => engine.policies.get(id) ?? []);
  return allowed
    ? { allowed, deciding, errors }
    : { allowed, deciding, errors, hint: hintFor(engine, request, deciding) };
}

function hintFor(
  engine: CedarEngine,
  request: DecisionRequest,
  forbids: readonly Policy[],
): string {
  if (forbids.length > 0) {
    const places = forbids.map(({ id, file, line }) => `'${id}' (${file}:${line})`).join(', ');
    return `a forbid outranks every permit: narrow or remove ${places}`;
  }
  const permit = permitFor(engine, request);
  return permit === undefined
    ? 'no policy can speak about this caller'
    : `no policy permits it; this one would:\n${permit}`;
}

/** The narrowest policy that permits `request`; undefined when its caller cannot be named. */
export function permitFor(engine: CedarEngine, request: DecisionRequest): string | undefined {
  const principal = principalOf(request.principal, engine.trustDomain);
  if (!principal.ok) return undefined;
  const { type, id } = principal.value.uid;
  const lines = [
    'permit (',
    `  principal == ${type}::${quoted(id)},`,
    `  action == Action::${quoted(actionOf(request))},`,
    `  resource == Service::${quoted(request.resource)}`,
    ')',
  ];
  if (request.action === 'http') lines.push(`when { context.path == ${quoted(request.path)} }`);
  return `${lines.join('\n')};`;
}

/** A Cedar string literal: visible ASCII as it is, the rest as `\u{…}`. */
const quoted = (text: string): string => {
  const characters = [...text].map((character) =>
    /["\\]/.test(character)
      ? `\\${character}`
      : /[ -~]/.test(character)
        ? character
        : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return `"${characters.join('')}"`;
};
