import type { DecisionProgram } from '../policy/index.ts';
import type { NodeMessage } from './node-message.ts';
import type { PolicyProgram } from './snapshot.ts';

type PolicyMessage = Extract<NodeMessage, { type: 'policies' }>;

/** Policies in one message: no traffic moves while a sidecar reads one, so that none should be large. */
const POLICIES_PER_PART = 200;

/** A program as it is sent: in parts, each with all of it but a slice of its policies. */
export function policyMessages({ digest, program }: PolicyProgram): readonly PolicyMessage[] {
  const parts = Math.max(1, Math.ceil(program.policies.length / POLICIES_PER_PART));
  return Array.from({ length: parts }, (_, part) => {
    const from = part * POLICIES_PER_PART;
    const policies = program.policies.slice(from, from + POLICIES_PER_PART);
    return { type: 'policies', digest, part, parts, program: { ...program, policies } };
  });
}

/** Puts the parts of a program together; they come in order, or begin anew. */
export class PolicyAssembly {
  #digest = '';
  #next = 0;
  #policies: DecisionProgram['policies'][number][] = [];

  /** The whole program once its last part is there; undefined before, and for a part out of turn. */
  take({ digest, part, parts, program }: PolicyMessage): PolicyProgram | undefined {
    // Whether it is a program at all is judged when it is linked: another version's may have no such list.
    if (!Array.isArray(program.policies)) return { digest, program };
    if (part === 0) {
      this.#digest = digest;
      this.#next = 0;
      this.#policies = [];
    }
    if (digest !== this.#digest || part !== this.#next) return undefined;
    this.#next += 1;
    this.#policies.push(...program.policies);
    if (this.#next < parts) return undefined;
    const policies = this.#policies;
    this.#policies = [];
    return { digest, program: { ...program, policies } };
  }
}
