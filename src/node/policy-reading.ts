import { err, ok, type Problem, type Result } from '../core/index.ts';
import { sha256Hex } from '../crypto/index.ts';
import type { TrustSet } from '../governance/index.ts';
import {
  type Cedar,
  type CedarEngine,
  type ClosedNamespace,
  compilationKey,
  compilePolicies,
  createEngine,
  type DecisionProgram,
  readPoliciesInForce,
} from '../policy/index.ts';
import type { Clock, Gauge, Log, Meter, Timer } from '../ports/index.ts';
import type { PolicyProgram } from '../snapshot/index.ts';
import { NodeError } from './errors.ts';
import type { KeptProgram, Reading } from './kept-program.ts';
import { changedLists, type PolicyLists, policyLists, ReadingPace } from './reading-pace.ts';

type Policies = Pick<TrustSet, 'trustDomain' | 'policies' | 'settings' | 'version'>;

/** In place of {@link PolicyReading.problem} while policies wait to be read. */
const WAITING = 'they change too often, and wait for their turn';

/** For so long after a change or a question the next one is expected, milliseconds: the engine's start is most of what it costs. */
const ENGINE_KEPT_MS = 10_000;

interface PolicyReadingParts {
  readonly cedar: Cedar;
  readonly kept: KeptProgram;
  readonly clock: Clock;
  /** Processor time that this thread has used so far. */
  readonly processorMs: () => number;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * The policies in force as this version reads them: compiled for its sidecars, and the official engine's own reading
 * for questions. What governors sign was checked before, so files of the mesh that cannot be read are of another
 * version: the node goes on with the last program, says so, and explains nothing that it does not understand. Files
 * of a namespace that cannot be read close that namespace. Who changes too much too often is read later: the newest then.
 */
export class PolicyReading {
  readonly #cedar: Cedar;
  readonly #kept: KeptProgram;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pace: ReadingPace;
  readonly #closedGauge: Gauge<'namespace'>;
  #read: Policies | undefined;
  #source: string | undefined;
  #lists: PolicyLists = new Map();
  #turn: Timer | undefined;
  #readLate: () => void = () => undefined;
  #engine: CedarEngine | undefined;
  #program: PolicyProgram | undefined;
  #closed: readonly ClosedNamespace[] = [];
  #problem: string | undefined;
  #usedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: PolicyReadingParts) {
    this.#cedar = parts.cedar;
    this.#kept = parts.kept;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#pace = new ReadingPace(parts.clock, parts.processorMs);
    this.#closedGauge = parts.meter.gauge({
      name: 'selvage_closed_namespaces',
      help: '1 for each namespace whose policies cannot be read, so that nobody may call its services',
      labels: ['namespace'],
    });
  }

  /** Compiles what came into force; does nothing when only other things changed. */
  follow({ trustDomain, policies, settings, version }: TrustSet): void {
    this.#read = { trustDomain, policies, settings, version };
    this.#engine = undefined;
    this.#readInTurn(this.#read);
  }

  /** Called when policies were read after {@link follow} had returned. */
  onReadLate(listener: () => void): void {
    this.#readLate = listener;
  }

  stop(): void {
    this.#turn?.cancel();
  }

  #readInTurn({ policies, settings, version }: Policies): void {
    this.#turn?.cancel();
    this.#turn = undefined;
    const { policyHeaders: headers } = settings;
    const source = sha256Hex(new TextEncoder().encode(compilationKey(policies, headers)));
    if (source === this.#source) return;
    const lists = policyLists(policies, headers);
    const changed = changedLists(this.#lists, lists);
    const waitMs = this.#pace.waitMs(changed);
    if (waitMs > 0) {
      this.#turn = this.#clock.after(waitMs, () => this.#readNow());
      return;
    }
    this.#source = source;
    this.#lists = lists;
    const reading = this.#pace.timed(changed, () => this.#readingOf(source, policies, headers));
    if (reading.ok) {
      this.#take(reading.value, version);
    } else {
      this.#problem = wordsOf(reading.error);
      this.#log.error('policies in force cannot be read', { version, problem: this.#problem });
    }
  }

  #readNow(): void {
    if (this.#read === undefined) return;
    this.#readInTurn(this.#read);
    this.#readLate();
  }

  /** What sidecars decide by; undefined until there was a set that this version reads. */
  get program(): PolicyProgram | undefined {
    return this.#program;
  }

  /** In words; undefined when the mesh's files can be read, and were. */
  get problem(): string | undefined {
    return this.#turn === undefined ? this.#problem : WAITING;
  }

  /** Namespaces that nobody may call, since their own files cannot be read. */
  get closed(): readonly ClosedNamespace[] {
    return this.#closed;
  }

  /** What other policies than those in force would compile to; the error says in words why they would not. */
  compile(
    policies: TrustSet['policies'],
    headers: readonly string[],
  ): Result<DecisionProgram, string> {
    this.#usedAt = this.#clock.monotonic();
    const compiled = compilePolicies({ cedar: this.#cedar, policies, headers });
    return compiled.ok ? ok(compiled.value.program) : err(wordsOf(compiled.error));
  }

  /** For questions; made when the first is asked. @throws NodeError POLICIES_UNREADABLE */
  engine(): CedarEngine {
    this.#usedAt = this.#clock.monotonic();
    this.#engine ??= this.#makeEngine();
    return this.#engine;
  }

  /** Lets go of what only questions and changes need; false when there was nothing, or when some came of late. */
  letGo(): boolean {
    if (this.#clock.monotonic() - this.#usedAt < ENGINE_KEPT_MS) return false;
    this.#engine = undefined;
    return this.#cedar.release();
  }

  #readingOf(
    source: string,
    policies: TrustSet['policies'],
    headers: readonly string[],
  ): Result<Reading, readonly Problem[]> {
    const kept = this.#kept.find(source);
    if (kept !== undefined) return ok(kept);
    this.#usedAt = this.#clock.monotonic();
    const compiled = compilePolicies({ cedar: this.#cedar, policies, headers });
    if (compiled.ok) this.#kept.keep(source, compiled.value);
    return compiled;
  }

  #take({ program, closed }: Reading, version: number): void {
    const digest = sha256Hex(new TextEncoder().encode(JSON.stringify(program)));
    this.#program = { digest, program };
    this.#problem = undefined;
    for (const { namespace } of this.#closed) this.#closedGauge.remove({ namespace });
    this.#closed = closed;
    for (const { namespace, problem } of closed) {
      this.#closedGauge.set({ namespace }, 1);
      const why = wordsOf([problem]);
      this.#log.error('policies of a namespace cannot be read', { version, namespace, why });
    }
  }

  #makeEngine(): CedarEngine {
    if (this.#read === undefined || this.#problem !== undefined) {
      throw new NodeError('POLICIES_UNREADABLE', this.#problem ?? 'no policies were read yet');
    }
    const { trustDomain, policies, settings } = this.#read;
    const engine = createEngine({
      cedar: this.#cedar,
      trustDomain,
      policies,
      headers: settings.policyHeaders,
      read: readPoliciesInForce,
    });
    if (engine.ok) return engine.value;
    throw new NodeError('POLICIES_UNREADABLE', wordsOf(engine.error));
  }
}

/** The first of them is enough to look for the others. */
const wordsOf = ([first]: readonly Problem[]): string => `${first?.file}: ${first?.message}`;
