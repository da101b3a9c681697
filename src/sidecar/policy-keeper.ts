import type { TrustDomain } from '../core/index.ts';
import { type DecisionProgram, linkEngine, type PolicyEngine } from '../policy/index.ts';
import type { Clock, Log } from '../ports/index.ts';

/** Links what the node compiled, in slices that leave the event loop to the traffic. */
export class PolicyKeeper {
  readonly #clock: Clock;
  readonly #log: Log;
  #digest = '';
  #engine: PolicyEngine | undefined;
  /** Why the last program that came does not decide, in words. */
  problem: string | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The engine of the last program that could be linked; undefined before the first. */
  get engine(): PolicyEngine | undefined {
    return this.#engine;
  }

  /** Takes a program; one that this version does not know leaves the last one in force. */
  async take(trustDomain: TrustDomain, digest: string, program: DecisionProgram): Promise<void> {
    if (digest === this.#digest) return;
    const linked = await linkEngine(program, { trustDomain, clock: this.#clock });
    if (linked.ok) {
      this.#engine = linked.value;
      this.#digest = digest;
      this.problem = undefined;
      return;
    }
    this.problem = linked.error;
    this.#log.error('policies cannot be linked, the last ones stay', { problem: linked.error });
  }
}
