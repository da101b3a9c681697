import { Lru, ok, type Problem, type Result, type TrustDomain } from '../core/index.ts';
import { type Audited, wouldChange } from './audit.ts';
import type { Cedar, PolicyTexts, Question } from './cedar.ts';
import type { Decision, DecisionRequest, PolicyEngine } from './decision.ts';
import type { PolicySource } from './policy-file.ts';
import { type Policy, type PolicySet, readPolicySet } from './policy-set.ts';
import { actionOf, questionOf } from './question.ts';
import { requestProblem } from './request-problem.ts';
import { policySchema } from './schema.ts';

/** An engine that can say where its policies stand. */
export interface CedarEngine extends PolicyEngine {
  readonly trustDomain: TrustDomain;
  /** By id. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** Why no policy may judge this request; undefined when they decide. */
  problemOf(request: DecisionRequest): string | undefined;
  /** Ids of the enforced permits for this caller, action and resource, whatever else they ask for. */
  permitsAbout(request: DecisionRequest): readonly string[];
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
  /** Headers that policies may read, as the settings name them; none when left out. */
  readonly headers?: readonly string[];
  /** As {@link readPolicySet} when left out. */
  readonly read?: typeof readPolicySet;
}): Result<CedarEngine, readonly Problem[]> {
  const { cedar, trustDomain, headers, read = readPolicySet } = options;
  const checked = read(cedar, options.policies, policySchema(headers));
  if (!checked.ok) return checked;
  const set = checked.value;
  const decisions = new Lru<string, Decision>(CACHED_DECISIONS);

  const judge = (request: DecisionRequest): Decision => {
    const question = questionOf(request, trustDomain);
    return question.ok ? answer(cedar, set, question.value) : denied(question.error);
  };
  const problemOf = (request: DecisionRequest): string | undefined =>
    requestProblem(request, set.schema, set.reads);
  const decide = (request: DecisionRequest): Decision => {
    const problem = problemOf(request);
    if (problem !== undefined) return denied(problem);
    // What depends on the time is true for a millisecond.
    const key = set.reads.has('time') ? undefined : decisionKey(request);
    const known = key === undefined ? undefined : decisions.get(key);
    if (known !== undefined) return known;
    try {
      const decision = judge(request);
      if (key !== undefined && key.length <= MAX_KEY_LENGTH) decisions.set(key, decision);
      return decision;
    } catch (error) {
      return denied(`the policy engine failed: ${error instanceof Error ? error.message : error}`);
    }
  };
  const permitsAbout = (request: DecisionRequest): readonly string[] => {
    const question = questionOf(request, trustDomain);
    return question.ok ? applying(cedar, set, set.texts().permitScopes, question.value) : [];
  };
  return ok({ trustDomain, policies: set.policies, decide, problemOf, permitsAbout });
}

function answer(cedar: Cedar, set: PolicySet, question: Question): Decision {
  const { enforced, audited: inAudit } = set.texts();
  const decided = cedar.authorize(enforced, question, set.schema);
  const audited: Audited = {
    permits: applying(cedar, set, inAudit.permits, question),
    forbids: applying(cedar, set, inAudit.forbids, question),
  };
  return { ...decided, audit: wouldChange(decided, audited) };
}

/** Ids of those that apply; `texts` are permits only, or forbids only. */
const applying = (
  cedar: Cedar,
  { schema }: PolicySet,
  texts: PolicyTexts,
  question: Question,
): readonly string[] =>
  Object.keys(texts).length === 0 ? [] : cedar.authorize(texts, question, schema).policies;

/** Equal for two requests only if every field but the time is. */
export function decisionKey(request: DecisionRequest): string {
  const { principal, resource, sourceIp, port, risk, locality, tls, user } = request;
  const shared = [principal, resource, sourceIp, port, risk, locality, tls, user];
  // A list of JSON values has one reading; a missing one is null, which no field is.
  return JSON.stringify([actionOf(request), ...shared, ...ownFields(request)]);
}

const ownFields = (request: DecisionRequest): readonly unknown[] =>
  request.action === 'connect' ? [request.protocol] : [request.host, request.path, request.headers];

const denied = (error: string): Decision => ({
  allowed: false,
  policies: [],
  errors: [error],
  audit: [],
});
