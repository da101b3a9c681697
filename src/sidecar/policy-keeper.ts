import type { TrustDomain } from '../core/index.ts';
import { type DecisionProgram, linkEngine, type PolicyEngine } from '../policy/index.ts';
import type { Clock, Log } from '../ports/index.ts';

/** Links what the node compiled, in slices that leave the event loop to the traffic. */
export class PolicyKeeper {
  readonly #clock: Clock;
  readonly #log: Log;
  #digest = '';
  #engine: PolicyEngine | undefined;
  /** Why the last program that came could not be linked, in words. */
  #refusal: string | undefined;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The engine of the last program that could be linked; undefined before the first. */
  get engine(): PolicyEngine | undefined {
    return this.#engine;
  }

  /** Why the policies of this digest do not decide here, in words; undefined when they do. */
  problemWith(digest: string): string | undefined {
    if (digest === this.#digest) return undefined;
    return this.#refusal ?? 'the policies that the node named did not come';
  }

  /** Takes a program; one that this version does not know leaves the last one in force. */
  async take(trustDomain: TrustDomain, digest: string, program: DecisionProgram): Promise<void> {
    this.#refusal = undefined;
    if (digest === this.#digest) return;
    const linked = await linkEngine(program, { trustDomain, clock: this.#clock });
    if (linked.ok) {
      this.#engine = linked.value;
      this.#digest = digest;
      return;
    }
    this.#refusal = linked.error;
    this.#log.error('policies cannot be linked, the last ones stay', { problem: linked.error });
  }
}
