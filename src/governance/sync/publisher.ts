import type { NodeName } from '../../core/index.ts';
import type { Clock, Log, Peer, PeerId } from '../../ports/index.ts';
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

export interface PublisherDeps {
  readonly node: NodeName;
  readonly store: TrustStore;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly log: Log;
  /** This node's online key; without one it is no authority. */
  readonly online?: TrustSigner;
  readonly ask: AskPeer;
  readonly peers: () => readonly Peer[];
  /** Fetches and adopts what a peer has, now. */
  readonly pull: (peer: PeerId) => Promise<void>;
}

/** Puts signed changes in force: by this node's own online key, or by another authority's. */
export class Publisher {
  readonly #deps: PublisherDeps;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /**
   * Returns the name of the authority that signed. The change is judged here first, so that none
   * but the governors' word ever reaches an online key.
   *
   * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, NO_AUTHORITY_REACHABLE, …
   */
  async publish(change: SignedChange): Promise<string> {
    const { node, store, online } = this.#deps;
    const checked = checkChange(store.repository(), change);
    if (online === undefined || !mayPublish(checked.root, online)) {
      return await this.#forward(change);
    }
    await this.#sign(checked, online);
    return node;
  }

  /** For a change that a peer hands on: it is signed here, or by nobody. */
  async publishHere(change: SignedChange): Promise<void> {
    const { node, store, online } = this.#deps;
    const checked = checkChange(store.repository(), change);
    if (online === undefined || !mayPublish(checked.root, online)) {
      throw new GovernanceError('NO_AUTHORITY_REACHABLE', `${node} is no authority`);
    }
    await this.#sign(checked, online);
  }

  async #sign(checked: CheckedChange, online: TrustSigner): Promise<void> {
    const { store, clock } = this.#deps;
    await this.#adopt(publishChecked(store.repository(), checked, online, clock.now()));
  }

  /** Signs the timestamp again when it is due and this node is an authority. True when it did. */
  async refresh(): Promise<boolean> {
    const { store, online, clock } = this.#deps;
    const repository = store.repository();
    const now = clock.now();
    if (online === undefined || !mayPublish(repository.root, online)) return false;
    if (!needsRefresh(repository, now)) return false;
    await this.#adopt(refreshTimestamp(repository, online, now));
    return true;
  }

  /** What this node signed passes the same verification as what others sign. */
  async #adopt(files: TrustFiles): Promise<void> {
    const { node, store, intake } = this.#deps;
    const roots = rootsAfter(files.roots, store.repository().root.signed.version);
    const refused = await intake.take({ ...offerOf(files), roots }, node);
    if (refused === undefined) return;
    const detail = refused === 'unchanged' ? 'it changes nothing' : refused.detail;
    throw new GovernanceError('CHANGE_REFUSED', detail);
  }

  async #forward(change: SignedChange): Promise<string> {
    const { store, peers, log } = this.#deps;
    const authorities = new Set<string>(store.current().authorities.map(({ node }) => node));
    for (const peer of peers().filter(({ name }) => authorities.has(name))) {
      const refused = await this.#hand(change, peer);
      if (refused === undefined) {
        await this.#deps.pull(peer.id);
        return peer.name;
      }
      if (refused.exit !== 'unavailable') {
        await this.#deps.pull(peer.id); // it may know what this node does not yet
        throw refused;
      }
      log.warn('authority did not publish', { authority: peer.name, reason: refused.message });
    }
    const names = [...authorities].join(', ');
    throw new GovernanceError(
      'NO_AUTHORITY_REACHABLE',
      `none of ${names} could publish the change`,
    );
  }

  async #hand(change: SignedChange, peer: Peer): Promise<GovernanceError | undefined> {
    let answer: ReturnType<typeof decodePublishAnswer>;
    try {
      const bytes = await this.#deps.ask(peer.id, PUBLISH_PROTOCOL, encodeChange(change));
      answer = decodePublishAnswer(bytes);
    } catch (cause) {
      const message = `${peer.name} did not answer`;
      return new GovernanceError('NO_AUTHORITY_REACHABLE', message, { cause });
    }
    if (!answer.ok) return new GovernanceError('NO_AUTHORITY_REACHABLE', answer.error);
    if (answer.value.published) return undefined;
    return new GovernanceError(answer.value.code, answer.value.message);
  }
}
