import { cedarWasm } from '../platform/index.ts';
import { type CedarEngine, createEngine, loadCedar } from '../policy/index.ts';
import type { Log } from '../ports/index.ts';
import type { Snapshot } from '../snapshot/index.ts';

/** Builds the engine of a snapshot's policies, again only when they changed. */
export class PolicyKeeper {
  readonly #log: Log;
  #engine: CedarEngine | undefined;
  #texts = '';

  constructor(log: Log) {
    this.#log = log;
  }

  /** The engine for these policies; the last good one when they cannot be read, and none before that. */
  engineFor({
    trustDomain,
    trustVersion,
    policies,
    policyHeaders,
  }: Snapshot): CedarEngine | undefined {
    const texts = JSON.stringify([policies, policyHeaders]);
    if (this.#engine !== undefined && texts === this.#texts) return this.#engine;
    const built = createEngine({
      cedar: loadCedar(cedarWasm()),
      trustDomain,
      policies,
      headers: policyHeaders,
    });
    if (built.ok) {
      this.#engine = built.value;
      this.#texts = texts;
    } else {
      // Governors sign only what the engine reads, so this is another version's syntax.
      this.#log.error('policies cannot be read, the last ones stay', {
        trustVersion,
        problems: built.error.slice(0, 5),
      });
    }
    return this.#engine;
  }
}
