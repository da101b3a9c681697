import { byText } from '../../core/index.ts';
import type { Decision } from '../decision.ts';
import { misfit } from '../value/index.ts';
import type { DecisionInput } from './decision-input.ts';
import type { LinkedPolicy } from './linked-policy.ts';
import { Verdict, type VerdictBudget } from './verdict.ts';

/** Verdicts kept beside one for each policy. */
const SPARE_VERDICTS = 64;

type Policies = readonly LinkedPolicy[];

/** The policies that could match a request, by who asks for what: only their conditions are left. */
export class Candidates {
  readonly #forbids: Policies;
  readonly #permits: Policies;
  readonly #auditForbids: Policies;
  readonly #auditPermits: Policies;
  readonly #none = new Verdict();
  readonly #budget: VerdictBudget;
  /** Filled anew for each request; empty but for policies that failed. */
  readonly #errors: string[] = [];

  constructor(policies: Iterable<LinkedPolicy>) {
    const sorted = [...policies].sort(byText(({ id }) => id));
    const [audits, enforced] = [
      sorted.filter(({ audit }) => audit),
      sorted.filter(({ audit }) => !audit),
    ];
    this.#forbids = enforced.filter(({ permits }) => !permits);
    this.#permits = enforced.filter(({ permits }) => permits);
    this.#auditForbids = audits.filter(({ permits }) => !permits);
    this.#auditPermits = audits.filter(({ permits }) => permits);
    this.#budget = { left: sorted.length + SPARE_VERDICTS };
  }

  /** Allowed if a permit applies and no forbid does; a policy that fails does not apply. */
  decide(input: DecisionInput): Decision {
    const forbidden = this.#applied(this.#forbids, input);
    const permitted = this.#applied(this.#permits, input);
    const { decision } = forbidden === this.#none ? permitted : forbidden;
    const errors = this.#errors.length === 0 ? decision.errors : this.#errors.splice(0);
    // What would have changed it: a forbid an allow, and a permit a denial that no forbid made.
    const audited = decision.allowed
      ? this.#applied(this.#auditForbids, input)
      : forbidden === this.#none
        ? this.#applied(this.#auditPermits, input)
        : this.#none;
    // Nobody is told of an audited policy that fails: it would not have changed anything.
    this.#errors.length = 0;
    if (errors === decision.errors && audited === this.#none) return decision;
    return { ...decision, errors, audit: audited.ids() };
  }

  #applied(policies: Policies, input: DecisionInput): Verdict {
    let verdict = this.#none;
    for (const policy of policies) {
      const outcome = policy.condition(input);
      if (outcome === true) verdict = verdict.plus(policy, this.#budget);
      else if (outcome !== false) this.#errors.push(`${policy.id}: ${misfit(outcome).message}`);
    }
    return verdict;
  }
}
