import { ok, type Result, type TrustDomain } from '../../core/index.ts';
import type { Clock } from '../../ports/index.ts';
import type { Decision, DecisionRequest, PolicyEngine } from '../decision.ts';
import type { DecisionProgram } from '../decision-program.ts';
import { requestProblem } from '../request-problem.ts';
import { type PolicySchema, policySchema } from '../schema.ts';
import type { Candidates } from './candidates.ts';
import type { DecisionInput } from './decision-input.ts';
import { link } from './link-program.ts';
import type { LinkedProgram } from './linked-program.ts';
import { MeshContext } from './mesh-context.ts';
import { actionEntity, type Pair, pairOf } from './mesh-entities.ts';
import { RecentPairs } from './recent-pairs.ts';

/**
 * Pairs of caller and service whose entities and candidates are kept, per generation: more than one sidecar's
 * callers and services. About 2 KB each with ten policies that could match.
 */
const RECENT_PAIRS = 2_048;

/**
 * Decides by a linked program. A request by a caller for a service that were met before makes no garbage when it is
 * permitted.
 */
export class MeshEngine implements PolicyEngine {
  readonly #program: LinkedProgram;
  readonly #trustDomain: TrustDomain;
  readonly #schema: PolicySchema;
  readonly #input: DecisionInput;
  readonly #context: MeshContext;
  readonly #pairs = new RecentPairs<Pair>(RECENT_PAIRS);

  constructor(program: LinkedProgram, trustDomain: TrustDomain) {
    this.#program = program;
    this.#trustDomain = trustDomain;
    this.#schema = policySchema(program.headers);
    this.#input = program.newInput();
    this.#context = new MeshContext(this.#input, program.reads);
  }

  decide(request: DecisionRequest): Decision {
    const problem = requestProblem(request, this.#schema, this.#program.reads);
    if (problem !== undefined) return denied(problem);
    const pair = this.#pairs.get(request.principal, request.resource) ?? this.#newPair(request);
    if (typeof pair === 'string') return denied(pair);
    const unread = this.#context.fill(request);
    if (unread !== undefined) return denied(unread);
    this.#input.between(pair.principal, pair.resource, pair.entities);
    return this.#candidates(pair, request).decide(this.#input);
  }

  /** The error says why no policy can speak about this caller. */
  #newPair({ principal, resource }: DecisionRequest): Pair | string {
    const pair = pairOf(principal, resource, this.#trustDomain);
    if (!pair.ok) return pair.error;
    this.#pairs.set(principal, resource, pair.value);
    return pair.value;
  }

  #candidates({ candidates }: Pair, request: DecisionRequest): Candidates {
    this.#input.action = actionEntity(request);
    const { id } = this.#input.action;
    const known = candidates.get(id);
    if (known !== undefined) return known;
    const found = this.#program.candidatesFor(this.#input);
    candidates.set(id, found);
    return found;
  }
}

const denied = (error: string): Decision => ({
  allowed: false,
  policies: [],
  errors: [error],
  audit: [],
});

/**
 * Links a decision program to an engine, in slices that leave the event loop free. The error says what in the
 * program this version does not know: keep the engine that is in force.
 */
export async function linkEngine(
  program: DecisionProgram,
  options: {
    readonly trustDomain: TrustDomain;
    readonly clock: Clock;
    /** The time after which it pauses; 0.5 when left out. */
    readonly sliceMs?: number;
  },
): Promise<Result<PolicyEngine, string>> {
  const linked = await link(program, options);
  return linked.ok ? ok(new MeshEngine(linked.value, options.trustDomain)) : linked;
}
