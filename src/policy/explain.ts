import { entityText, quoted } from './cedar-text.ts';
import type { DecisionRequest } from './decision.ts';
import type { CedarEngine } from './engine.ts';
import { grpcCallOf } from './grpc-path.ts';
import type { Policy } from './policy-set.ts';
import { actionOf, principalOf } from './question.ts';

/** A decision in words: what decided, and for a denial what would change it. */
export interface Explanation {
  readonly allowed: boolean;
  /** The permits of an allow, the forbids of a denial; empty when nothing permitted. */
  readonly deciding: readonly Policy[];
  /** Policies in audit mode that, enforced, would have changed the decision. */
  readonly audit: readonly Policy[];
  /** Where nothing permitted: permits for this caller, action and service whose conditions do not hold. */
  readonly near: readonly Policy[];
  /** Policies that failed to evaluate and were skipped, or why the engine could not decide. */
  readonly errors: readonly string[];
  /** For a denial: what a person would write or change. */
  readonly hint?: string;
}

export function explain(engine: CedarEngine, request: DecisionRequest): Explanation {
  const decision = engine.decide(request);
  const known = (ids: readonly string[]): Policy[] =>
    ids.flatMap((id) => engine.policies.get(id) ?? []);
  const { allowed, errors } = decision;
  const deciding = known(decision.policies);
  const audit = known(decision.audit);
  if (allowed) return { allowed, deciding, audit, near: [], errors };
  const isJudged = engine.problemOf(request) === undefined;
  const near = isJudged && deciding.length === 0 ? known(engine.permitsAbout(request)) : [];
  const hint = isJudged
    ? hintFor(engine, request, { forbids: deciding, near })
    : 'no policy may judge this request: ask again with what is missing or wrong';
  return { allowed, deciding, audit, near, errors, hint };
}

function hintFor(
  engine: CedarEngine,
  request: DecisionRequest,
  { forbids, near }: { readonly forbids: readonly Policy[]; readonly near: readonly Policy[] },
): string {
  if (forbids.length > 0) {
    return `a forbid outranks every permit: narrow or remove ${placesOf(forbids)}`;
  }
  const permit = permitFor(engine, request);
  if (permit === undefined) return 'no policy can speak about this caller';
  const about =
    near.length === 0
      ? ''
      : `the conditions of ${placesOf(near.slice(0, MAX_NEAR))} do not hold, and `;
  return `${about}no policy permits it; this one would:\n${permit}`;
}

/** Named in a hint: more are no help. */
const MAX_NEAR = 5;

const placesOf = (policies: readonly Policy[]): string =>
  policies.map(({ id, file, line }) => `'${id}' (${file}:${line})`).join(', ');

/** The narrowest policy that permits `request`; undefined when its caller cannot be named. */
export function permitFor(engine: CedarEngine, request: DecisionRequest): string | undefined {
  const principal = principalOf(request.principal, engine.trustDomain);
  if (!principal.ok) return undefined;
  const { type, id } = principal.value.uid;
  const lines = [
    'permit (',
    `  principal == ${entityText(type, id)},`,
    `  action == ${entityText('Action', actionOf(request))},`,
    `  resource == ${entityText('Service', request.resource)}`,
    ')',
  ];
  if (request.action !== 'connect') lines.push(`when { ${asksFor(request)} }`);
  return `${lines.join('\n')};`;
}

function asksFor(request: Exclude<DecisionRequest, { action: 'connect' }>): string {
  if (request.action === 'http') return `context.path == ${quoted(request.path)}`;
  const { service, method } = grpcCallOf(request.path);
  return `context.service == ${quoted(service)} && context.method == ${quoted(method)}`;
}
