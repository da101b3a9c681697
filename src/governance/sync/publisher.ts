import type { NodeName } from '../../core/index.ts';
import type { Clock, Log, MemberVisits, Peer, PeerId } from '../../ports/index.ts';
import {
  type CheckedChange,
  checkChange,
  mayPublish,
  needsRefresh,
  publishChecked,
  refreshTimestamp,
} from '../change/index.ts';
import { GovernanceError } from '../errors.ts';
import {
  encodeChange,
  offerOf,
  type SignedChange,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import type { TrustStore } from '../trust-store.ts';
import type { Intake } from './intake.ts';
import { decodePublishAnswer, PUBLISH_PROTOCOL } from './messages.ts';
import { type AskPeer, rootsAfter } from './offers.ts';
import { inTurn } from './online-signer.ts';
import { isSameContent } from './same-content.ts';

export interface PublisherParts {
  readonly node: NodeName;
  readonly store: TrustStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** This node's online key; without one it is no authority. */
  readonly online?: TrustSigner;
  readonly ask: AskPeer;
  readonly members: Pick<MemberVisits, 'visit'>;
  /** Fetches and adopts what a peer has, now. */
  readonly pull: (peer: PeerId) => Promise<void>;
}

/** Puts signed changes in force: by this node's own online key, or by another authority's. */
export class Publisher {
  readonly #parts: PublisherParts;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /**
   * Returns the name of the authority that signed. The change is judged here first, so that none but the governors'
   * and teams' word ever reaches an online key. All nodes ask the authorities in one order: of two changes that are
   * made at once the second is then refused, instead of lost. One that is not reached, fails, or says what is not so is
   * passed over: should it have published after all, the other one has published the very same list.
   *
   * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, NO_AUTHORITY_REACHABLE, …
   */
  async publish(change: SignedChange): Promise<string> {
    const { node, store, online, log } = this.#parts;
    const checked = checkChange(store.repository(), change);
    const isAuthority = online !== undefined && mayPublish(checked.root, online);
    const authorities = inTurn(checked.set.authorities).map((authority) => authority.node);
    let refusal: GovernanceError | undefined;
    const failures: string[] = [];
    const unreached: NodeName[] = [];
    for (const name of authorities) {
      if (name === node && isAuthority) {
        await this.#sign(checked, online);
        return node;
      }
      if (name === node) continue; // by its name, and not by the key that it has
      const refused = await this.#hand(change, name);
      if (refused === undefined && this.#isInForce(checked)) return name;
      checkChange(store.repository(), change); // it may be overtaken by what came
      const reason = refused?.message ?? 'it took the change, and does not have it';
      log.warn('authority did not publish', { authority: name, reason });
      failures.push(`${name}: ${reason}`);
      if (refused?.cause !== undefined) unreached.push(name); // else it answered
      if (refused?.code !== 'NO_AUTHORITY_REACHABLE') refusal ??= refused;
    }
    const reasons = failures.length === 0 ? 'there is no other one' : failures.join('; ');
    const message = `no authority published the change (${reasons})${toReach(unreached)}`;
    throw refusal ?? new GovernanceError('NO_AUTHORITY_REACHABLE', message);
  }

  /** For a change that a peer hands on: it is signed here, or by nobody. */
  async publishHere(change: SignedChange): Promise<void> {
    const { node, store, online } = this.#parts;
    const checked = checkChange(store.repository(), change);
    if (online === undefined || !mayPublish(checked.root, online)) {
      throw new GovernanceError('NO_AUTHORITY_REACHABLE', `${node} is no authority`);
    }
    await this.#sign(checked, online);
  }

  /** Signs the timestamp again when it is due and this node is an authority. True when it did. */
  async refresh(): Promise<boolean> {
    const { store, online, clock } = this.#parts;
    const repository = store.repository();
    const now = clock.now();
    if (online === undefined || !mayPublish(repository.root, online)) return false;
    if (!needsRefresh(repository, now)) return false;
    await this.adopt(refreshTimestamp(repository, online, now));
    return true;
  }

  /** What this node signed passes the same verification as what others sign. */
  async adopt(files: TrustFiles): Promise<void> {
    const { node, store, intake } = this.#parts;
    const roots = rootsAfter(files.roots, store.repository().root.signed.version);
    const refused = await intake.take({ ...offerOf(files), roots }, node);
    if (refused === undefined) return;
    const detail = refused === 'unchanged' ? 'it changes nothing' : refused.detail;
    throw new GovernanceError('CHANGE_REFUSED', detail);
  }

  async #sign(checked: CheckedChange, online: TrustSigner): Promise<void> {
    const { store, clock } = this.#parts;
    await this.adopt(publishChecked(store.repository(), checked, online, clock.now()));
  }

  /** An authority that goes away before others have what it signed may never bring it back. */
  #isInForce({ changed, lists }: CheckedChange): boolean {
    const held = this.#parts.store.repository();
    return changed.every((role) => {
      const [own, wanted] = [held.lists.get(role), lists.get(role)];
      if (own === undefined || wanted === undefined) return false;
      return own.signed.version > wanted.signed.version || isSameContent(own, wanted);
    });
  }

  /** Why it was not published, or undefined; what there is at that authority is known here then. */
  async #hand(change: SignedChange, authority: NodeName): Promise<GovernanceError | undefined> {
    try {
      return await this.#parts.members.visit(authority, async (peer) => {
        const refused = await this.#ask(change, peer);
        // It has the change now, or what this node does not know yet.
        if (refused?.code !== 'NO_AUTHORITY_REACHABLE') await this.#parts.pull(peer.id);
        return refused;
      });
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      return new GovernanceError('NO_AUTHORITY_REACHABLE', message, { cause });
    }
  }

  async #ask(change: SignedChange, peer: Peer): Promise<GovernanceError | undefined> {
    const bytes = await this.#parts.ask(peer.id, PUBLISH_PROTOCOL, encodeChange(change));
    const answer = decodePublishAnswer(bytes);
    if (!answer.ok) return new GovernanceError('NO_AUTHORITY_REACHABLE', answer.error);
    if (answer.value.published) return undefined;
    return new GovernanceError(answer.value.code, answer.value.message);
  }
}

/** What a person can do about those that were not reached. */
function toReach(names: readonly NodeName[]): string {
  const [first, ...others] = names;
  if (first === undefined) return '';
  return others.length === 0
    ? `: start ${first}, or let this node reach it`
    : `: start ${names.join(' or ')}, or let this node reach one of them`;
}
