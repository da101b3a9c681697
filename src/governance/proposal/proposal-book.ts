import { type NodeName, ok, type Result } from '../../core/index.ts';
import type { PartSignatures } from '../change/index.ts';
import type { Repository } from '../repository/index.ts';
import type { Proposal, ProposalId } from './body.ts';
import { carriedSignatures, type PastLists } from './carried-signatures.ts';
import { isTrueOf, type ProposalClaim, proposalClaimOf, type SaidClaim } from './claim.ts';
import { PROPOSAL_LIFE_MS } from './limits.ts';
import { askedOf, type Progress, progressOf } from './progress.ts';
import { isForgotten, selected } from './selection.ts';
import { type Standing, standingOf, type VersionedPart, versionedParts } from './standing.ts';
import type { Verdict } from './verdict.ts';
import { VerdictShelf } from './verdict-shelf.ts';

/**
 * `open`: signatures are missing; `ready`: there are enough, and an authority is to publish it; the others are over:
 * `published`, `overtaken` by another version, `rejected` by so many that the rest is too few, `expired`.
 */
export type ProposalState = 'open' | 'ready' | 'published' | 'overtaken' | 'rejected' | 'expired';

/** A proposal as this node knows it. */
export interface KnownProposal {
  readonly id: ProposalId;
  readonly claim: ProposalClaim;
  /** Nodes that say that they have it, in order of name. */
  readonly writers: readonly NodeName[];
  readonly state: ProposalState;
  readonly expiresAtMs: number;
  /** Left out until the body is here: until then its signatures cannot be judged. */
  readonly body?: KnownBody;
}

export interface KnownBody extends Progress {
  readonly proposal: Proposal;
  readonly versions: readonly VersionedPart[];
  /** What is in force here is older than what the proposal follows. */
  readonly isAhead: boolean;
}

interface Body {
  readonly proposal: Proposal;
  readonly truth: ProposalClaim;
  readonly versions: readonly VersionedPart[];
  readonly standing: Standing;
}

type Outcome = Exclude<ProposalState, 'expired'>;

/** Of a proposal that was never the next version here. */
const NO_PROGRESS: Progress = { parts: [], approvals: [], rejections: [], verdict: 'open' };

/** May it still come into force? */
export const isLive = (state: ProposalState): boolean => state === 'open' || state === 'ready';

/**
 * What this node knows of proposals, from what members say (records), from bodies, and from what is in force. It is
 * the same in whatever order these came. What it keeps is bounded by what the records of a writer may be; what it
 * looks at is {@link selected}.
 */
export class ProposalBook {
  readonly #said = new Map<string, SaidClaim>();
  readonly #verdicts = new VerdictShelf();
  readonly #bodies = new Map<ProposalId, Body>();
  readonly #asked = new Map<ProposalId, readonly PartSignatures[]>();
  readonly #progresses = new Map<ProposalId, Progress>();
  /** Of bodies that are here: what was in force when last their version was, or is known to have been, and who signed it. */
  readonly #published = new Map<ProposalId, readonly PartSignatures[]>();
  readonly #past: PastLists;
  #held: Repository;

  constructor(held: Repository, past: PastLists) {
    this.#held = held;
    this.#past = past;
  }

  /** A node says that it has a proposal. False, and not believed, when the body is here and is another. */
  say(said: SaidClaim): boolean {
    this.#said.delete(said.record);
    const body = this.#bodies.get(said.claim.id);
    if (body !== undefined && !isTrueOf(body.truth, said.claim)) return false;
    this.#said.set(said.record, said);
    return true;
  }

  /** What was said under a record is so no more. */
  unsay(record: string): void {
    this.#said.delete(record);
  }

  /** A record carries this verdict. */
  hear(record: string, verdict: Verdict): void {
    this.unhear(record);
    this.#verdicts.put(record, verdict);
    this.#recount(verdict.proposal);
  }

  unhear(record: string): void {
    const id = this.#verdicts.remove(record);
    if (id !== undefined) this.#recount(id);
  }

  /** All that is carried of a proposal, good or not. */
  verdictsOf(id: ProposalId): readonly Verdict[] {
    return this.#verdicts.of(id);
  }

  /**
   * Takes a body; the claims about it that lied are believed no more, and returned. The error says why it can be no
   * proposal, whoever says so.
   */
  take(proposal: Proposal): Result<readonly SaidClaim[], string> {
    const versions = versionedParts(proposal);
    if (!versions.ok) return versions;
    const truth = proposalClaimOf(proposal);
    this.#hold({ proposal, truth, versions: versions.value });
    return ok(this.#refute((claim) => !isTrueOf(truth, claim), proposal.id));
  }

  /** What has this id is no proposal: all who said that it is lied. */
  refute(id: ProposalId): readonly SaidClaim[] {
    return this.#refute(() => true, id);
  }

  has(id: ProposalId): boolean {
    return this.#bodies.has(id);
  }

  /** Lets go of the bodies that nothing selected names any more; returns whose. */
  release(now: number): readonly ProposalId[] {
    const wanted = selected(this.#said.values(), now);
    const gone = [...this.#bodies.keys()].filter((id) => !wanted.has(id));
    for (const id of gone) {
      for (const kept of [this.#bodies, this.#asked, this.#progresses, this.#published]) {
        kept.delete(id);
      }
    }
    return gone;
  }

  /** Other things are in force. */
  follow(held: Repository): void {
    this.#held = held;
    for (const body of [...this.#bodies.values()]) this.#hold(body);
  }

  /** Is nothing said of any proposal, and no body left? Then nothing falls due until somebody says something. */
  get isEmpty(): boolean {
    return this.#said.size === 0 && this.#verdicts.isEmpty && this.#bodies.size === 0;
  }

  /** What is looked at and has no body here yet. */
  wanted(now: number): readonly SaidClaim[] {
    return [...selected(this.#said.values(), now).values()].filter(
      ({ claim }) => !this.has(claim.id),
    );
  }

  /** Would this be looked at beside all that is? */
  hasRoom(said: SaidClaim, now: number): boolean {
    const others = [...this.#said.values()].filter(({ record }) => record !== said.record);
    const before = selected(others, now);
    const after = selected([...others, said], now);
    return [...before.keys(), said.claim.id].every((id) => after.has(id));
  }

  /** Does any node say that it has it, and may it be looked at yet? */
  isWaiting(id: ProposalId, now: number): boolean {
    return [...this.#said.values()].some(
      ({ claim }) => claim.id === id && !isForgotten(claim, now),
    );
  }

  /** All that is looked at, the oldest first. */
  known(now: number): readonly KnownProposal[] {
    const said = [...this.#said.values()];
    const writersOf = (id: ProposalId) =>
      said.flatMap(({ claim, writer }) => (claim.id === id ? [writer] : [])).sort();
    return [...selected(said, now).values()]
      .map(({ claim }) => this.#view(claim, writersOf(claim.id), now))
      .sort((a, b) => a.claim.createdAtMs - b.claim.createdAtMs || (a.id < b.id ? -1 : 1));
  }

  #view(claim: ProposalClaim, writers: readonly NodeName[], now: number): KnownProposal {
    const { id, createdAtMs } = claim;
    const expiresAtMs = createdAtMs + PROPOSAL_LIFE_MS;
    const isPast = now >= expiresAtMs;
    const body = this.#bodies.get(id);
    if (body === undefined) {
      return { id, claim, writers, state: isPast ? 'expired' : 'open', expiresAtMs };
    }
    const { proposal, versions, standing } = body;
    const progress = this.#progress(body, standing);
    const outcome = this.#outcome(id, standing, progress);
    const state = isLive(outcome) && isPast ? 'expired' : outcome;
    const parts = this.#published.get(id) ?? progress.parts;
    const known = { ...progress, parts, proposal, versions, isAhead: standing === 'ahead' };
    return { id, claim, writers, state, expiresAtMs, body: known };
  }

  /** Signatures are counted while it may be the next version; afterwards it stays as it was seen last. */
  #progress({ proposal }: Body, standing: Standing): Progress {
    const { id } = proposal;
    const before = this.#progresses.get(id);
    if (before !== undefined || standing !== 'next') return before ?? NO_PROGRESS;
    const progress = this.#count(proposal);
    this.#progresses.set(id, progress);
    return progress;
  }

  /** A proposal at which this node fails must keep it from no other. */
  #count(proposal: Proposal): Progress {
    const { id } = proposal;
    try {
      const asked = this.#asked.get(id) ?? askedOf(this.#held, proposal);
      this.#asked.set(id, asked);
      return progressOf(asked, proposal, this.#verdicts.of(id));
    } catch (error) {
      return { ...NO_PROGRESS, failure: error instanceof Error ? error.message : String(error) };
    }
  }

  #outcome(id: ProposalId, standing: Standing, { verdict }: Progress): Outcome {
    if (this.#published.has(id)) return 'published';
    if (standing === 'overtaken' || standing === 'past') return 'overtaken';
    return standing === 'ahead' ? 'open' : verdict;
  }

  /** The verdicts of a proposal are others than before. */
  #recount(id: ProposalId): void {
    if (this.#bodies.get(id)?.standing === 'next') this.#progresses.delete(id);
  }

  /**
   * How a body stands to what is in force. While its version is, it can be told whether it is this one; of one that came
   * afterwards, as all do at a start, what was kept tells it: once, for nothing older is kept later.
   */
  #hold(body: Omit<Body, 'standing'>): void {
    const { id } = body.proposal;
    const before = this.#bodies.get(id)?.standing;
    const standing = standingOf(this.#held, body.versions);
    this.#bodies.set(id, { ...body, standing });
    if (standing === 'overtaken') this.#published.delete(id);
    if (standing !== before && (standing === 'published' || standing === 'past')) {
      const signatures = carriedSignatures(this.#held, body.versions, this.#past);
      if (signatures !== undefined) this.#published.set(id, signatures);
    }
    if (standing !== 'next') return;
    this.#asked.delete(id); // others may be asked for
    this.#progresses.delete(id);
  }

  #refute(isLie: (claim: ProposalClaim) => boolean, id: ProposalId): readonly SaidClaim[] {
    const lies = [...this.#said.values()].filter(({ claim }) => claim.id === id && isLie(claim));
    for (const { record } of lies) this.#said.delete(record);
    return lies;
  }
}
