import type { NodeName, Result } from '../core/index.ts';
import {
  GovernanceError,
  type Proposal,
  previewProposal,
  type TrustSet,
  type TrustStore,
} from '../governance/index.ts';
import {
  type DecisionProgram,
  type ReplayRules,
  type ReplayWindow,
  replay,
} from '../policy/index.ts';
import type { Clock, Log, Timer } from '../ports/index.ts';
import { type RecordStore, type RecordSync, ReplicationError } from '../replication/index.ts';
import type { PolicyReading } from './policy-reading.ts';
import { differsMuch, problemVote, VOTE_KIND, type VoteClaim, voteOf } from './vote-claim.ts';

/** How often a vote is looked at again: calls change, and so does what a proposal would do to them. */
const PERIOD_MS = 30_000;
/** After proposals or what is in force changed: whoever else follows that has done so then. */
const SETTLING_MS = 50;
/** Proposals on which a node votes, the newest: a thousand nodes that vote on all that may be open would fill the records. */
export const MAX_VOTES = 8;

export interface VoteCasterParts {
  readonly node: NodeName;
  /** Those that may still come into force, the oldest first. */
  readonly proposals: {
    open(): readonly { readonly id: string; readonly proposal: Proposal }[];
    onChange(listener: () => void): void;
  };
  readonly trust: Pick<TrustStore, 'current' | 'files' | 'onChange'>;
  readonly policies: Pick<PolicyReading, 'program'> & {
    /** The error says in words what this version does not read. */
    compile(
      policies: TrustSet['policies'],
      headers: readonly string[],
    ): Result<DecisionProgram, string>;
  };
  readonly window: { view(): ReplayWindow };
  readonly records: Pick<RecordStore, 'put' | 'withdraw' | 'snapshot'>;
  readonly recordSync: Pick<RecordSync, 'mayWrite'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a proposal would put in force, as far as calls are decided by it; or why that cannot be told. */
type Rules = { readonly rules: ReplayRules } | { readonly problem: string };

interface Preview {
  readonly basedOn: string;
  /** Undefined while this node is behind what the proposal follows. */
  readonly rules: Rules | undefined;
}

/** Says for each open proposal, before anybody need sign it, what it would do to the calls that this node saw of late. */
export class VoteCaster {
  readonly #parts: VoteCasterParts;
  readonly #previews = new Map<string, Preview>();
  readonly #cast = new Map<string, VoteClaim>();
  #round: Timer | undefined;
  #soon: Timer | undefined;
  #isBusy = false;
  /** Something changed while it was busy. */
  #again = false;
  #isStopped = false;

  constructor(parts: VoteCasterParts) {
    this.#parts = parts;
  }

  /** Call it when the records of before are loaded. */
  start(): void {
    const { proposals, trust, clock } = this.#parts;
    proposals.onChange(() => this.#lookSoon());
    trust.onChange(() => this.#lookSoon());
    this.#round = clock.every(PERIOD_MS, () => this.#look());
    this.#lookSoon();
  }

  stop(): void {
    this.#isStopped = true;
    this.#round?.cancel();
    this.#soon?.cancel();
  }

  #lookSoon(): void {
    this.#soon ??= this.#parts.clock.after(SETTLING_MS, () => {
      this.#soon = undefined;
      this.#look();
    });
  }

  #look(): void {
    if (this.#isBusy) {
      this.#again = true;
      return;
    }
    this.#isBusy = true;
    this.#vote()
      .catch((error: unknown) => {
        // A defect of ours: people decide without this node's word.
        this.#parts.log.error('a proposal could not be judged', { error });
      })
      .finally(() => {
        this.#isBusy = false;
        if (!this.#again) return;
        this.#again = false;
        this.#look();
      });
  }

  async #vote(): Promise<void> {
    if (!this.#parts.recordSync.mayWrite) return; // a later round does
    const open = this.#parts.proposals.open().slice(-MAX_VOTES);
    this.#forgetOver(new Set(open.map(({ id }) => id)));
    for (const { id, proposal } of open) {
      const vote = await this.#judge(id, proposal);
      if (this.#isStopped) return;
      const before = this.#cast.get(id);
      if (vote === undefined || (before !== undefined && !differsMuch(before, vote))) continue;
      const isTold = this.#attempt(id, (records) => records.put(VOTE_KIND, id, vote));
      if (isTold) this.#cast.set(id, vote);
    }
  }

  async #judge(id: string, proposal: Proposal): Promise<VoteClaim | undefined> {
    const { trust, policies, window, clock } = this.#parts;
    const set = trust.current();
    const on = { proposal: id, basedOn: set.digest };
    const { rules } = this.#preview(id, proposal, set);
    if (rules === undefined) return undefined;
    const program = policies.program?.program;
    if ('problem' in rules) return problemVote(on, rules.problem);
    if (program === undefined) return problemVote(on, 'the policies in force cannot be read here');
    const outcome = await replay(window.view(), rulesOf(set, program), rules.rules, clock);
    return outcome.ok ? voteOf(on, outcome.value) : problemVote(on, outcome.error);
  }

  /** Made once for what is in force: compiling may take long. */
  #preview(id: string, proposal: Proposal, set: TrustSet): Preview {
    const known = this.#previews.get(id);
    if (known?.basedOn === set.digest) return known;
    const made = { basedOn: set.digest, rules: this.#rulesUnder(proposal, set) };
    this.#previews.set(id, made);
    return made;
  }

  #rulesUnder(proposal: Proposal, set: TrustSet): Rules | undefined {
    const { trust, policies } = this.#parts;
    let next: TrustSet;
    try {
      next = previewProposal(trust.files(), proposal);
    } catch (error) {
      if (!(error instanceof GovernanceError)) throw error;
      return error.code === 'CHANGE_OVERTAKEN' ? undefined : { problem: error.message };
    }
    const inForce = policies.program;
    if (inForce !== undefined && decidesAlike(set, next)) {
      return { rules: rulesOf(next, inForce.program) };
    }
    const compiled = policies.compile(next.policies, next.settings.policyHeaders);
    return compiled.ok
      ? { rules: rulesOf(next, compiled.value) }
      : { problem: `the policies cannot be read here: ${compiled.error}` };
  }

  /** Of what is over nothing is said any more, whoever began to: an earlier start of this node too. */
  #forgetOver(open: ReadonlySet<string>): void {
    for (const id of [...this.#previews.keys()]) if (!open.has(id)) this.#previews.delete(id);
    for (const id of [...this.#cast.keys()]) if (!open.has(id)) this.#cast.delete(id);
    const { records, node } = this.#parts;
    for (const { content } of [...(records.snapshot().shelf(node)?.records.items() ?? [])]) {
      const { kind, key, tombstone } = content;
      if (tombstone || kind !== VOTE_KIND || open.has(key)) continue;
      this.#attempt(key, () => records.withdraw(VOTE_KIND, key));
    }
  }

  #attempt(proposal: string, run: (records: VoteCasterParts['records']) => void): boolean {
    const { records, log } = this.#parts;
    try {
      run(records);
      return true;
    } catch (error) {
      // Without a credential a node has no say.
      if (!(error instanceof ReplicationError)) throw error;
      log.warn('a vote is not told', { proposal, error });
      return false;
    }
  }
}

const rulesOf = (
  { trustDomain, services, registrations }: TrustSet,
  program: DecisionProgram,
): ReplayRules => ({
  trustDomain,
  program,
  services: new Map(services.map(({ key, protocol }) => [key, protocol])),
  callers: new Set(registrations.map(({ spiffeId }) => spiffeId)),
});

const decidesAlike = (a: TrustSet, b: TrustSet): boolean => textOf(a) === textOf(b);

const textOf = ({ policies, settings }: TrustSet): string =>
  JSON.stringify([
    policies.map(({ name, namespace, text }) => [name, namespace, text]),
    settings.policyHeaders,
  ]);
