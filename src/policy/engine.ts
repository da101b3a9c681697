import { Lru, ok, type Problem, type Result, type TrustDomain } from '../core/index.ts';
import type { Cedar } from './cedar.ts';
import type { Decision, DecisionRequest, PolicyEngine } from './decision.ts';
import { type Policy, type PolicySource, readPolicySet } from './policy-file.ts';
import { questionOf } from './question.ts';

/** An engine that can say where its policies stand. */
export interface CedarEngine extends PolicyEngine {
  readonly trustDomain: TrustDomain;
  /** By id. */
  readonly policies: ReadonlyMap<string, Policy>;
}

/** Decisions kept per engine: about 4 MB when all are used. An engine never changes, so none grows stale. */
const CACHED_DECISIONS = 10_000;
/** Characters. A request with a longer key (a client chooses path and host) is decided anew each time. */
const MAX_KEY_LENGTH = 512;

/**
 * Builds the engine for a whole policy set, checked as {@link readPolicySet} does: one bad policy refuses the set,
 * since leaving a `forbid` out would permit. No policies at all is a set too, which denies everything.
 */
export function createEngine(options: {
  readonly cedar: Cedar;
  readonly trustDomain: TrustDomain;
  readonly policies: readonly PolicySource[];
}): Result<CedarEngine, readonly Problem[]> {
  const { cedar, trustDomain } = options;
  const set = readPolicySet(cedar, options.policies);
  if (!set.ok) return set;
  const { policies, texts } = set.value;
  const decisions = new Lru<string, Decision>(CACHED_DECISIONS);

  const ask = (request: DecisionRequest): Decision => {
    const question = questionOf(request, trustDomain);
    return question.ok ? cedar.authorize(texts, question.value) : denied(question.error);
  };
  const decide = (request: DecisionRequest): Decision => {
    const key = decisionKey(request);
    const known = decisions.get(key);
    if (known !== undefined) return known;
    try {
      const decision = ask(request);
      if (key.length <= MAX_KEY_LENGTH) decisions.set(key, decision);
      return decision;
    } catch (error) {
      return denied(`the policy engine failed: ${error instanceof Error ? error.message : error}`);
    }
  };
  return ok({ trustDomain, policies, decide });
}

/**
 * Equal for two requests only if every field is: SPIFFE IDs, service keys, methods hold no space, the address
 * and the host, which a client may fill with anything, have their length in front, and the path comes last.
 */
export function decisionKey(request: DecisionRequest): string {
  const { principal, resource, sourceIp } = request;
  const who = `${principal} ${resource} ${sourceIp.length} ${sourceIp}`;
  return request.action === 'connect'
    ? who
    : `${who} ${request.method} ${request.host.length} ${request.host}${request.path}`;
}

const denied = (error: string): Decision => ({ allowed: false, policies: [], errors: [error] });
