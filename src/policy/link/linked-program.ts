import type { Decision } from '../decision.ts';
import type { DecisionProgram } from '../decision-program.ts';
import type { EntityStore } from '../value/index.ts';
import { Candidates } from './candidates.ts';
import type { ContextSlots } from './context-slots.ts';
import { DecisionInput } from './decision-input.ts';
import type { PolicyIndex } from './policy-index.ts';

/** A decision program that can decide. It never changes. */
export class LinkedProgram {
  /** Names of the HTTP headers that its policies may read. */
  readonly headers: readonly string[];
  /** Names of the attributes of the context that some policy reads. */
  readonly reads: ReadonlySet<string>;
  readonly #context: readonly string[];
  readonly #actions: EntityStore;
  readonly #index: PolicyIndex;

  constructor(
    { headers }: DecisionProgram,
    { names, reads }: ContextSlots,
    actions: EntityStore,
    index: PolicyIndex,
  ) {
    this.headers = headers;
    this.reads = reads;
    this.#context = names;
    this.#actions = actions;
    this.#index = index;
  }

  newInput(): DecisionInput {
    return new DecisionInput(this.#context, this.#actions);
  }

  /** Good for every request by the same caller for the same action on the same resource. */
  candidatesFor(input: DecisionInput): Candidates {
    const { principal, action, resource } = input;
    return new Candidates(
      this.#index.matching(
        { entity: principal, data: input.dataOf(principal) },
        { entity: action, data: input.dataOf(action) },
        { entity: resource, data: input.dataOf(resource) },
      ),
    );
  }

  decide(input: DecisionInput): Decision {
    return this.candidatesFor(input).decide(input);
  }
}
