import { type NodeName, OneAtATime, SelvageError } from '../core/index.ts';
import type { TrustSet, TrustStore } from '../governance/index.ts';
import type { Membership } from '../membership/index.ts';
import { type ReplayWindow, replay } from '../policy/index.ts';
import type { Clock, Log, Random, Timer } from '../ports/index.ts';
import type { RecordStore, RecordSync } from '../replication/index.ts';
import {
  type ProposedRules,
  type ProposedRulesParts,
  proposedRules,
  rulesOf,
} from './proposed-rules.ts';
import { chosen, isSigned, type OpenProposal } from './vote-choice.ts';
import {
  differsMuch,
  problemVote,
  VOTE_KIND,
  type VoteClaim,
  type Voted,
  voteOf,
} from './vote-claim.ts';

/** How often a proposal is judged where nothing else came into force: calls change, and so does what it would do to them. */
const PERIOD_MS = 30_000;
/** After proposals or what is in force changed: whoever else follows that has done so then. */
const SETTLING_MS = 50;
/** Over so long for each member they vote, each at a time of its own, milliseconds: whoever hears many at once, hears them together. */
const SPREAD_MS = 20;
/** So many times as long as it took to read a proposal nothing is read for another: any member can make one. */
const REST = 20;

export interface VoteCasterParts extends ProposedRulesParts {
  readonly node: NodeName;
  /** Those that may still come into force, the oldest first. */
  readonly proposals: {
    open(): readonly OpenProposal[];
    onChange(listener: () => void): void;
  };
  readonly trust: Pick<TrustStore, 'current' | 'files' | 'onChange'>;
  readonly window: { view(): ReplayWindow };
  readonly records: Pick<RecordStore, 'put' | 'withdraw' | 'snapshot'>;
  readonly recordSync: Pick<RecordSync, 'mayWrite'>;
  readonly membership: Pick<Membership, 'others'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A proposal on which this node votes. */
interface Judged {
  /** Digest of what was in force. */
  readonly basedOn: string;
  readonly isSigned: boolean;
  readonly rules: ProposedRules;
  /** By the monotonic clock. */
  judgedAt: number;
  /** What was said last. */
  vote: VoteClaim | undefined;
}

/** Says for each open proposal, before anybody need sign it, what it would do to the calls that this node saw of late. */
export class VoteCaster {
  readonly #parts: VoteCasterParts;
  readonly #judged = new Map<string, Judged>();
  readonly #looks = new OneAtATime(() => this.#look());
  #restsUntil = 0;
  #round: Timer | undefined;
  #soon: Timer | undefined;
  #isStopped = false;

  constructor(parts: VoteCasterParts) {
    this.#parts = parts;
  }

  /** Call it when the records of before are loaded. */
  start(): void {
    const { proposals, trust, clock } = this.#parts;
    proposals.onChange(() => this.#lookSoon());
    trust.onChange(() => this.#lookSoon());
    this.#round = clock.every(PERIOD_MS, () => this.#looks.want());
    this.#lookSoon();
  }

  stop(): void {
    this.#isStopped = true;
    this.#round?.cancel();
    this.#soon?.cancel();
  }

  #lookSoon(): void {
    const { clock, random, membership } = this.#parts;
    const delayMs = SETTLING_MS + SPREAD_MS * membership.others * random.fraction();
    this.#soon ??= clock.after(delayMs, () => {
      this.#soon = undefined;
      this.#looks.want();
    });
  }

  async #look(): Promise<void> {
    try {
      await this.#vote();
    } catch (error) {
      // A defect of ours: people decide without this node's word.
      this.#parts.log.error('a proposal could not be judged', { error });
    }
  }

  async #vote(): Promise<void> {
    if (!this.#parts.recordSync.mayWrite) return; // a later round does
    const open = chosen(this.#parts.proposals.open());
    this.#forgetOver(new Set(open.map(({ id }) => id)));
    for (const one of open) {
      const set = this.#parts.trust.current();
      const judged = this.#known(one, set) ?? (await this.#read(one));
      if (this.#isStopped) return;
      await this.#judge(one.id, judged);
    }
  }

  /** Of what somebody signed more is read; that a signature is gone again is no reason to read it once more. */
  #known(one: OpenProposal, { digest }: TrustSet): Judged | undefined {
    const known = this.#judged.get(one.id);
    return known?.basedOn === digest && (known.isSigned || !isSigned(one)) ? known : undefined;
  }

  /** Once for what is in force: it may take long, and holds up all else while it does. */
  async #read(one: OpenProposal): Promise<Judged> {
    const { clock, trust } = this.#parts;
    const restMs = this.#restsUntil - clock.monotonic();
    if (restMs > 0) await new Promise<void>((resolve) => clock.after(restMs, resolve));
    const startMs = clock.monotonic();
    const set = trust.current();
    const judged: Judged = {
      basedOn: set.digest,
      isSigned: isSigned(one),
      rules: this.#rulesUnder(one, set),
      judgedAt: Number.NEGATIVE_INFINITY,
      vote: this.#judged.get(one.id)?.vote,
    };
    this.#restsUntil = clock.monotonic() + REST * (clock.monotonic() - startMs);
    this.#judged.set(one.id, judged);
    return judged;
  }

  #rulesUnder(one: OpenProposal, set: TrustSet): ProposedRules {
    try {
      return proposedRules(one, set, this.#parts);
    } catch (error) {
      // A defect of ours, which must not keep us from the other proposals, nor be met again and again.
      this.#parts.log.error('a proposal could not be read', { proposal: one.id, error });
      return { problem: 'this node failed at it, its log says how' };
    }
  }

  async #judge(id: string, judged: Judged): Promise<void> {
    const { clock } = this.#parts;
    if (judged.rules === undefined || clock.monotonic() - judged.judgedAt < PERIOD_MS) return;
    judged.judgedAt = clock.monotonic();
    const vote = await this.#voteBy(judged.rules, { proposal: id, basedOn: judged.basedOn });
    if (this.#isStopped || (judged.vote !== undefined && !differsMuch(judged.vote, vote))) return;
    const isTold = this.#attempt(id, (records) =>
      records.put(VOTE_KIND, id, vote, { urgent: false }),
    );
    if (isTold) judged.vote = vote;
  }

  async #voteBy(rules: NonNullable<ProposedRules>, on: Voted): Promise<VoteClaim> {
    const { trust, policies, window, clock } = this.#parts;
    if ('problem' in rules) return problemVote(on, rules.problem);
    const inForce = policies.program;
    if (inForce === undefined) return problemVote(on, 'the policies in force cannot be read here');
    const now = rulesOf(trust.current(), inForce.program);
    const outcome = await replay(window.view(), now, rules.rules, clock);
    return outcome.ok ? voteOf(on, outcome.value) : problemVote(on, outcome.error);
  }

  /** Of what is over nothing is said any more, whoever began to: an earlier start of this node too. */
  #forgetOver(open: ReadonlySet<string>): void {
    for (const id of [...this.#judged.keys()]) if (!open.has(id)) this.#judged.delete(id);
    const { records, node } = this.#parts;
    for (const { content } of [...(records.snapshot().shelf(node)?.records.items() ?? [])]) {
      const { kind, key, tombstone } = content;
      if (tombstone || kind !== VOTE_KIND || open.has(key)) continue;
      this.#attempt(key, () => records.withdraw(VOTE_KIND, key, { urgent: false }));
    }
  }

  #attempt(proposal: string, run: (records: VoteCasterParts['records']) => void): boolean {
    const { records, log } = this.#parts;
    try {
      run(records);
      return true;
    } catch (error) {
      // Without a credential, or on a full disk, a node has no say.
      if (!(error instanceof SelvageError)) throw error;
      log.warn('a vote is not told', { proposal, error });
      return false;
    }
  }
}
