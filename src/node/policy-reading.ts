import { sha256Hex } from '../crypto/index.ts';
import type { TrustSet } from '../governance/index.ts';
import { type Cedar, type CedarEngine, compilePolicies, createEngine } from '../policy/index.ts';
import type { Log } from '../ports/index.ts';
import type { PolicyProgram } from '../snapshot/index.ts';
import { NodeError } from './errors.ts';

type Policies = Pick<TrustSet, 'trustDomain' | 'policies' | 'settings'>;

/**
 * The policies in force as this version reads them: compiled for its sidecars, and the official engine's
 * own reading for questions. What governors sign was checked before, so those that cannot be read are of
 * another version: the node goes on with the last program, says so, and explains nothing that it does not
 * understand.
 */
export class PolicyReading {
  readonly #cedar: Cedar;
  readonly #log: Log;
  #read: Policies | undefined;
  #engine: CedarEngine | undefined;
  #program: PolicyProgram | undefined;
  #problem: string | undefined;

  constructor(cedar: Cedar, log: Log) {
    this.#cedar = cedar;
    this.#log = log;
  }

  /** Compiles what came into force; does nothing when only other things changed. */
  follow({ trustDomain, policies, settings, version }: TrustSet): void {
    const next = { trustDomain, policies, settings };
    if (this.#read !== undefined && decidesAlike(this.#read, next)) return;
    this.#read = next;
    this.#engine = undefined;
    const { policyHeaders: headers } = settings;
    const compiled = compilePolicies({ cedar: this.#cedar, policies, headers });
    const [first] = compiled.ok ? [] : compiled.error;
    this.#problem = first === undefined ? undefined : `${first.file}: ${first.message}`;
    if (!compiled.ok) {
      this.#log.error('policies in force cannot be read', { version, problem: this.#problem });
      return;
    }
    const { program } = compiled.value;
    const digest = sha256Hex(new TextEncoder().encode(JSON.stringify(program)));
    this.#program = { digest, program };
  }

  /** What sidecars decide by; undefined until there was a set that this version reads. */
  get program(): PolicyProgram | undefined {
    return this.#program;
  }

  /** In words; undefined when all is well. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** For questions; made when the first is asked. @throws NodeError POLICIES_UNREADABLE */
  engine(): CedarEngine {
    this.#engine ??= this.#makeEngine();
    return this.#engine;
  }

  #makeEngine(): CedarEngine {
    if (this.#read === undefined || this.#problem !== undefined) {
      throw new NodeError('POLICIES_UNREADABLE', this.#problem ?? 'no policies were read yet');
    }
    const { trustDomain, policies, settings } = this.#read;
    const headers = settings.policyHeaders;
    const engine = createEngine({ cedar: this.#cedar, trustDomain, policies, headers });
    if (engine.ok) return engine.value;
    const [first] = engine.error;
    throw new NodeError('POLICIES_UNREADABLE', `${first?.file}: ${first?.message}`);
  }
}

const decidesAlike = (a: Policies, b: Policies): boolean =>
  a.trustDomain === b.trustDomain &&
  JSON.stringify([a.policies, a.settings.policyHeaders]) ===
    JSON.stringify([b.policies, b.settings.policyHeaders]);
