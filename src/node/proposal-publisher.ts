import {
  type Approval,
  assembleChange,
  GovernanceError,
  type KnownBody,
  type Proposal,
  type ProposalId,
  type PublishReport,
  type TrustStore,
  type TrustSync,
} from '../governance/index.ts';
import type { Clock, Log } from '../ports/index.ts';

/** How long who took the last signature in has to publish, before the first authority does. */
const GRACE_MS = 5_000;
/** By how much each further authority waits longer than the one before it. */
const STEP_MS = 3_000;
/** Before an authority tries again what it could not publish. */
const RETRY_MS = 30_000;

export interface ProposalPublisherParts {
  readonly trust: TrustStore;
  readonly sync: Pick<TrustSync, 'publish'>;
  /** Raw Ed25519 public key, hex, that this node signs with while it is an authority. */
  readonly onlineKey: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Brings proposals that are signed by enough into force: at once where asked, and where nobody did it by itself. */
export class ProposalPublisher {
  readonly #parts: ProposalPublisherParts;
  /** When each ready proposal is due here; at most as many as are looked at. */
  readonly #dueAt = new Map<ProposalId, number>();
  /** Why the last try of a ready proposal came to nothing, in words. */
  readonly #failures = new Map<ProposalId, string>();
  readonly #under = new Map<ProposalId, Promise<PublishReport>>();

  constructor(parts: ProposalPublisherParts) {
    this.#parts = parts;
  }

  /**
   * Publishes a proposal here or by way of an authority; one at a time, and only once.
   *
   * @throws GovernanceError as of {@link TrustSync.publish}
   */
  publish(proposal: Proposal, approvals: readonly Approval[]): Promise<PublishReport> {
    const { id } = proposal;
    const before = this.#under.get(id);
    if (before !== undefined) return before;
    const publishing = this.#publish(proposal, approvals).finally(() => this.#under.delete(id));
    publishing.then(
      () => this.#failures.delete(id),
      (error: unknown) => this.#failures.set(id, inWords(error)),
    );
    this.#under.set(id, publishing);
    return publishing;
  }

  /** To be called about once a second with all that is ready: an authority publishes what nobody has. */
  tend(ready: readonly KnownBody[]): void {
    const ids = new Set(ready.map(({ proposal }) => proposal.id));
    for (const id of this.#dueAt.keys()) if (!ids.has(id)) this.#dueAt.delete(id);
    for (const id of this.#failures.keys()) if (!ids.has(id)) this.#failures.delete(id);
    const rank = this.#rank();
    if (rank < 0) return;
    const at = this.#parts.clock.monotonic();
    for (const { proposal, approvals } of ready) {
      const { id } = proposal;
      const due = this.#dueAt.get(id) ?? at + GRACE_MS + rank * STEP_MS;
      this.#dueAt.set(id, due <= at ? at + RETRY_MS : due);
      if (due > at) continue;
      this.publish(proposal, approvals).catch((error: unknown) => {
        this.#parts.log.warn('a proposal was not published yet', { proposal: id, error });
      });
    }
  }

  /** Why it is not published yet, as far as this node has tried. */
  failure(id: ProposalId): string | undefined {
    return this.#failures.get(id);
  }

  async #publish(proposal: Proposal, approvals: readonly Approval[]): Promise<PublishReport> {
    const { trust, sync, log } = this.#parts;
    const report = await sync.publish(assembleChange(trust.repository(), proposal, approvals));
    log.info('proposal published', { proposal: proposal.id, by: report.by });
    return report;
  }

  /** Which of the authorities this node is, in the order of their keys' ids; -1 when it is none. */
  #rank(): number {
    const { keys, roles } = this.#parts.trust.repository().root.signed;
    const ids = roles.timestamp?.keyIDs.toSorted() ?? [];
    return ids.findIndex((id) => keys[id]?.keyVal.public === this.#parts.onlineKey);
  }
}

const inWords = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Refusals after which a proposal that is signed by enough goes on by itself. */
export const isPassing = (error: unknown): error is GovernanceError =>
  error instanceof GovernanceError &&
  (error.code === 'NO_AUTHORITY_REACHABLE' || error.code === 'PUBLISH_BUSY');
