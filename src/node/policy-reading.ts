import type { TrustSet } from '../governance/index.ts';
import { type Cedar, type CedarEngine, createEngine } from '../policy/index.ts';
import type { Log } from '../ports/index.ts';
import { NodeError } from './errors.ts';

/**
 * The policies in force as this version reads them. What governors sign was checked before, so those
 * that cannot be read are of another version: the node goes on (identities and views do not depend on
 * it), says so, and explains nothing that it does not understand.
 */
export class PolicyReading {
  readonly #cedar: Cedar;
  readonly #log: Log;
  #engine: CedarEngine | undefined;
  #problem: string | undefined;

  constructor(cedar: Cedar, log: Log) {
    this.#cedar = cedar;
    this.#log = log;
  }

  follow({ trustDomain, policies, settings, version }: TrustSet): void {
    const headers = settings.policyHeaders;
    const read = createEngine({ cedar: this.#cedar, trustDomain, policies, headers });
    this.#engine = read.ok ? read.value : undefined;
    const [first] = read.ok ? [] : read.error;
    this.#problem = first === undefined ? undefined : `${first.file}: ${first.message}`;
    if (this.#problem !== undefined) {
      this.#log.error('policies in force cannot be read', { version, problem: this.#problem });
    }
  }

  /** In words; undefined when all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** @throws NodeError POLICIES_UNREADABLE */
  engine(): CedarEngine {
    if (this.#engine !== undefined) return this.#engine;
    throw new NodeError('POLICIES_UNREADABLE', this.#problem ?? 'no policies were read yet');
  }
}
