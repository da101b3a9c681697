import type { Decision } from '../decision.ts';
import type { LinkedPolicy } from './linked-policy.ts';

/** How many verdicts one set of candidates may keep. A client that varies its path could ask for 2^n. */
export interface VerdictBudget {
  left: number;
}

/**
 * The policies that applied so far, as a node of a tree whose root is "none": the same policies lead to the same
 * node, so a decision that was given before is the same object again and costs no allocation.
 */
export class Verdict {
  readonly #parent: Verdict | undefined;
  readonly #policy: LinkedPolicy | undefined;
  readonly #next = new Map<LinkedPolicy, Verdict>();
  #lastNext: Verdict | undefined;
  #decision: Decision | undefined;

  constructor(parent?: Verdict, policy?: LinkedPolicy) {
    this.#parent = parent;
    this.#policy = policy;
  }

  /** This verdict and one more policy that applied. */
  plus(policy: LinkedPolicy, budget: VerdictBudget): Verdict {
    if (this.#lastNext !== undefined && this.#lastNext.#policy === policy) return this.#lastNext;
    const known = this.#next.get(policy);
    const next = known ?? new Verdict(this, policy);
    if (known === undefined) {
      if (budget.left === 0) return next;
      budget.left -= 1;
      this.#next.set(policy, next);
    }
    this.#lastNext = next;
    return next;
  }

  /** What follows if no policy of greater weight applied: its policies are permits only or forbids only. */
  get decision(): Decision {
    this.#decision ??= {
      allowed: this.#policy?.permits ?? false,
      policies: this.ids(),
      errors: [],
      audit: [],
    };
    return this.#decision;
  }

  /** Of the policies that applied, in their order. */
  ids(): readonly string[] {
    const ids: string[] = [];
    for (let at: Verdict | undefined = this; at !== undefined; at = at.#parent) {
      if (at.#policy !== undefined) ids.push(at.#policy.id);
    }
    return ids.reverse();
  }
}
