import { byText, err, ok, type Result } from '../../core/index.ts';
import {
  DECISION_PROGRAM_VERSION,
  type DecisionProgram,
  type Expression,
  type ProgramPolicy,
} from '../decision-program.ts';
import { fieldOf, type Json, type JsonObject, listOf, objectOf } from './cedar-json.ts';
import { confined } from './confine.ts';
import { expressionReader } from './expression.ts';
import { Refusal } from './refusal.ts';
import type { SchemaFacts } from './schema-facts.ts';
import { scopeOf } from './scope.ts';

/** A policy in the JSON form that Cedar's parser gives (https://docs.cedarpolicy.com/policies/json-format.html). */
export interface PolicyJson {
  readonly id: string;
  /** The namespace that it binds in, whatever it says. */
  readonly namespace?: string;
  readonly json: JsonObject;
}

export interface CompileProblem {
  readonly id: string;
  readonly message: string;
}

/**
 * Compiles policies that the official engine parsed and validated. What cannot be compiled is refused here,
 * where a person sees it, and never at run time.
 */
export function compileProgram(
  policies: readonly PolicyJson[],
  facts: SchemaFacts & { readonly headers: readonly string[] },
): Result<DecisionProgram, readonly CompileProblem[]> {
  const compiled: ProgramPolicy[] = [];
  const problems: CompileProblem[] = [];
  for (const { id, json, namespace } of policies) {
    const policy = compilePolicy(id, json);
    if (!policy.ok) problems.push({ id, message: policy.error });
    else compiled.push(namespace === undefined ? policy.value : confined(policy.value, namespace));
  }
  if (problems.length > 0) return err(problems);
  return ok({
    version: DECISION_PROGRAM_VERSION,
    context: facts.context,
    headers: facts.headers,
    actions: facts.actions,
    policies: compiled.sort(byText(({ id }) => id)),
  });
}

/** Why a policy cannot be compiled; undefined when it can. */
export function compileProblem(json: JsonObject): string | undefined {
  const policy = compilePolicy('', json);
  return policy.ok ? undefined : policy.error;
}

function compilePolicy(id: string, json: JsonObject): Result<ProgramPolicy, string> {
  try {
    return ok(policyOf(id, json));
  } catch (error) {
    if (error instanceof Refusal) return err(error.message);
    throw error;
  }
}

function policyOf(id: string, json: JsonObject): ProgramPolicy {
  const effect = fieldOf(json, 'effect');
  if (effect !== 'permit' && effect !== 'forbid') {
    throw new Refusal(`the effect ${JSON.stringify(effect)} is not known`);
  }
  const condition = conditionOf(listOf(fieldOf(json, 'conditions')));
  return {
    id,
    effect,
    ...(isAudit(json) ? { audit: true } : {}),
    principal: scopeOf(fieldOf(json, 'principal')),
    action: scopeOf(fieldOf(json, 'action')),
    resource: scopeOf(fieldOf(json, 'resource')),
    ...(condition === undefined ? {} : { condition }),
  };
}

/** `@mode("audit")`; any other mode would be enforced as if it were not there. */
function isAudit(json: JsonObject): boolean {
  const mode = fieldOf(objectOf(fieldOf(json, 'annotations') ?? {}), 'mode');
  if (mode !== undefined && mode !== 'enforce' && mode !== 'audit') {
    throw new Refusal(`the mode ${JSON.stringify(mode)} is not known`);
  }
  return mode === 'audit';
}

/** Clauses hold together as if `&&` stood between them, an `unless` with `!` before it. */
function conditionOf(clauses: readonly Json[]): Expression | undefined {
  const read = expressionReader();
  let all: Expression | undefined;
  for (const json of clauses) {
    const clause = objectOf(json);
    const kind = fieldOf(clause, 'kind');
    if (kind !== 'when' && kind !== 'unless') {
      throw new Refusal(`the clause ${JSON.stringify(kind)} is not known`);
    }
    const body = read(fieldOf(clause, 'body'));
    const one: Expression = kind === 'when' ? body : { op: 'unary', operator: '!', of: body };
    all = all === undefined ? one : { op: 'and', left: all, right: one };
  }
  return all;
}
