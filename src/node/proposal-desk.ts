import type { ProposalFacts, ProposalItem, ProposalProgress } from '../admin/index.ts';
import type { NodeName } from '../core/index.ts';
import {
  type Approval,
  askedOf,
  GovernanceError,
  isLive,
  judgeVerdict,
  type KnownBody,
  type KnownProposal,
  type Proposal,
  type ProposalBook,
  type ProposalId,
  type PublishReport,
  previewProposal,
  progressOf,
  proposalClaimOf,
  requireOfNow,
  type SaidClaim,
  type TrustStore,
  type Verdict,
} from '../governance/index.ts';
import type { Clock, Gossip } from '../ports/index.ts';
import { recordId } from '../replication/index.ts';
import type { ProposalBodies } from './proposal-bodies.ts';
import {
  readApproval,
  readProposal,
  readRejection,
  requireGood,
  requireOpen,
  unknownProposal,
} from './proposal-checks.ts';
import { isPassing, type ProposalPublisher } from './proposal-publisher.ts';
import { PROPOSAL_KIND, type ProposalRecords } from './proposal-records.ts';
import { itemOf, signingOf, versionTexts, viewOf } from './proposal-views.ts';

/** How long a person is kept waiting for a publication, which goes on by itself; below what a client waits. */
const PUBLICATION_WAIT_MS = 8_000;

export interface ProposalDeskParts {
  readonly node: NodeName;
  readonly book: ProposalBook;
  readonly bodies: ProposalBodies;
  readonly records: ProposalRecords;
  readonly publisher: ProposalPublisher;
  readonly trust: TrustStore;
  readonly gossip: Pick<Gossip, 'peers'>;
  readonly clock: Clock;
}

/** What came of a try to publish. */
type Tried =
  | Required<Pick<ProposalProgress, 'state' | 'published'>>
  | Pick<ProposalProgress, 'waiting'>;

/** What people do with proposals at this node. Each answers with what came of it. */
export class ProposalDesk {
  readonly #parts: ProposalDeskParts;

  constructor(parts: ProposalDeskParts) {
    this.#parts = parts;
  }

  list(): readonly ProposalItem[] {
    return this.#known().map((known) => ({ ...itemOf(known), ...this.#waiting(known) }));
  }

  /** @throws GovernanceError PROPOSAL_UNKNOWN, PROPOSAL_AMBIGUOUS */
  show(prefix: string): ProposalFacts {
    const found = this.#known().filter(({ id }) => id.startsWith(prefix));
    const [only] = found;
    if (only === undefined) throw unknownProposal(prefix);
    if (found.length === 1) {
      return { ...viewOf(only, this.#parts.trust.files()), ...this.#waiting(only) };
    }
    const ids = found.map(({ id }) => id.slice(0, Math.max(12, prefix.length + 4)));
    throw new GovernanceError('PROPOSAL_AMBIGUOUS', `${prefix} may be ${ids.join(' or ')}`);
  }

  /**
   * Publishes a proposal that is complete with the approvals that came along, at once and without a word to others;
   * else makes it known to all members.
   *
   * @throws GovernanceError PROPOSAL_MALFORMED, PROPOSAL_MISDATED, PROPOSAL_CLOSED, PROPOSALS_FULL, CHANGE_OVERTAKEN,
   * CHANGE_REFUSED, APPROVAL_USELESS, SIGNATURE_WRONG; NodeError NODE_STARTING; ReplicationError
   */
  async propose(encoded: string, approvals: readonly string[]): Promise<ProposalProgress> {
    const { trust, book, bodies, records, clock } = this.#parts;
    const proposal = readProposal(encoded);
    requireOfNow(proposal, clock.now());
    previewProposal(trust.files(), proposal);
    const verdicts = approvals.map(readApproval);
    const asked = askedOf(trust.repository(), proposal);
    for (const verdict of verdicts) requireGood(asked, proposal, verdict);
    const { id } = proposal;
    const all = [...verdicts, ...book.verdictsOf(id)];
    const { verdict, approvals: good } = progressOf(asked, proposal, all);
    const tried = verdict === 'ready' ? await this.#tryToPublish(proposal, good) : undefined;
    if (tried !== undefined && 'published' in tried) {
      return { id, parts: [], rejections: [], ...tried };
    }
    this.#requireRoom(proposal);
    records.requireVoice();
    bodies.keep(proposal);
    records.say(proposal);
    records.carry(verdicts);
    return { ...signingOf(this.#require(id)), ...tried };
  }

  /**
   * Takes a signature in, and publishes what is complete with it.
   *
   * @throws GovernanceError PROPOSAL_MALFORMED, PROPOSAL_UNKNOWN, PROPOSAL_OVERTAKEN, PROPOSAL_CLOSED, APPROVAL_USELESS,
   * SIGNATURE_WRONG; NodeError NODE_STARTING; ReplicationError
   */
  async approve(text: string): Promise<ProposalProgress> {
    const approval = readApproval(text);
    const body = requireOpen(this.#require(approval.proposal));
    const rejected = body.rejections.find(({ publicKey }) => publicKey === approval.publicKey);
    if (rejected !== undefined) {
      const message = `${rejected.name} has rejected it, and a rejection stands`;
      throw new GovernanceError('PROPOSAL_CLOSED', message);
    }
    this.#carry(body, approval);
    return await this.#outcome(approval.proposal);
  }

  /** Takes a rejection in: that of so many that the others are too few ends the proposal. Throws as {@link approve}. */
  async reject(text: string): Promise<ProposalProgress> {
    const rejection = readRejection(text);
    this.#carry(requireOpen(this.#require(rejection.proposal)), rejection);
    return await this.#outcome(rejection.proposal);
  }

  /** Whoever acts on a proposal carries from then on all that its node knows of it: so it outlives who proposed it. */
  #carry({ proposal, approvals, rejections }: KnownBody, verdict: Verdict): void {
    const { records, trust, book, clock } = this.#parts;
    const asked = askedOf(trust.repository(), proposal);
    requireGood(asked, proposal, verdict);
    const known = [
      ...approvals,
      ...rejections.map(({ name: _, ...rejection }) => rejection),
    ].filter(
      (other) =>
        other.publicKey !== verdict.publicKey && judgeVerdict(asked, proposal, other) === 'good',
    );
    if (book.hasRoom(this.#claimOf(proposal), clock.now())) records.say(proposal);
    records.carry([...known, verdict]);
  }

  /** How a proposal is after what was done, which may be in force now. */
  async #outcome(id: ProposalId): Promise<ProposalProgress> {
    const { body, state } = this.#require(id);
    const isReady = body !== undefined && state === 'ready';
    const tried = isReady ? await this.#tryToPublish(body.proposal, body.approvals) : {};
    return { ...signingOf(this.#require(id)), ...tried };
  }

  /** Publishes, unless no authority is there now: then that goes on by itself. */
  async #tryToPublish(proposal: Proposal, approvals: readonly Approval[]): Promise<Tried> {
    const { publisher, clock } = this.#parts;
    const overdue = Promise.withResolvers<undefined>();
    const timer = clock.after(PUBLICATION_WAIT_MS, () => overdue.resolve(undefined));
    try {
      const publishing = publisher.publish(proposal, approvals);
      const report = await Promise.race([publishing, overdue.promise]);
      if (report === undefined) return { waiting: 'it is being published' };
      return { state: 'published', published: this.#published(report, proposal) };
    } catch (error) {
      if (isPassing(error)) return { waiting: error.message };
      const isDone = this.#known().some(
        ({ id, state }) => id === proposal.id && state === 'published',
      );
      if (isDone) return {}; // another node was faster, and this one's try was overtaken by the very same
      throw error;
    } finally {
      timer.cancel();
    }
  }

  #waiting({ id, state }: KnownProposal): { readonly waiting?: string } {
    const waiting = state === 'ready' ? this.#parts.publisher.failure(id) : undefined;
    return waiting === undefined ? {} : { waiting };
  }

  #published({ by, digest }: PublishReport, proposal: Proposal) {
    const { node, gossip } = this.#parts;
    const nodes = [node, ...gossip.peers().map(({ name }) => name)].toSorted();
    return { by, digest, nodes, versions: versionTexts(proposal) };
  }

  /** What is over makes room for what is wanted now, and so does what other nodes have for others as well. */
  #requireRoom(proposal: Proposal): void {
    const { book, node, records, clock } = this.#parts;
    const hasRoom = () => book.hasRoom(this.#claimOf(proposal), clock.now());
    if (hasRoom()) return;
    const own = this.#known().filter(({ writers }) => writers.includes(node));
    for (const { id, state } of own) if (!isLive(state)) records.withdraw(id);
    for (const { id, state, writers } of own) {
      if (hasRoom()) return;
      const isKeptByOthers = isLive(state) && writers.length > 1;
      if (isKeptByOthers) records.withdraw(id, { isKeptByOthers });
    }
    if (hasRoom()) return;
    const open = own.filter(({ state }) => isLive(state)).length;
    const message = `${open} proposals of this node are open, ${this.#known().length} in all`;
    throw new GovernanceError('PROPOSALS_FULL', message);
  }

  /** As this node would say it. */
  #claimOf(proposal: Proposal): SaidClaim {
    const { node: writer } = this.#parts;
    const record = recordId(writer, PROPOSAL_KIND, proposal.id);
    return { record, writer, claim: proposalClaimOf(proposal) };
  }

  #known(): readonly KnownProposal[] {
    return this.#parts.book.known(this.#parts.clock.now());
  }

  #require(id: ProposalId): KnownProposal {
    const known = this.#known().find((one) => one.id === id);
    if (known === undefined) throw unknownProposal(id);
    return known;
  }
}
