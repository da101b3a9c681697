import type { NodeName } from '../../core/index.ts';
import type { Clock, Log, Peer, PeerId } from '../../ports/index.ts';
import {
  type CheckedChange,
  checkChange,
  mayPublish,
  needsRefresh,
  publishChecked,
  refreshTimestamp,
  signAnew,
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
   * but the governors' word ever reaches an online key. All nodes ask the authorities in one order:
   * of two changes that are made at once the second is then refused, instead of splitting the mesh.
   *
   * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, NO_AUTHORITY_REACHABLE, …
   */
  async publish(change: SignedChange): Promise<string> {
    const { node, store, online, peers, log } = this.#deps;
    const checked = checkChange(store.repository(), change);
    const isAuthority = online !== undefined && mayPublish(checked.root, online);
    const authorities = checked.set.authorities.map((authority) => authority.node).sort();
    for (const name of authorities) {
      if (name === node && isAuthority) {
        await this.#sign(checked, online);
        return node;
      }
      const peer = peers().find((connected) => connected.name === name);
      if (peer === undefined) continue;
      const refused = await this.#hand(change, peer);
      if (refused?.code === 'NO_AUTHORITY_REACHABLE') {
        log.warn('authority did not publish', { authority: name, reason: refused.message });
        continue;
      }
      await this.#deps.pull(peer.id); // it has the change now, or what this node does not know yet
      if (refused !== undefined) throw refused;
      this.#requireInForce(checked, name);
      return name;
    }
    const message = `none of ${authorities.join(', ')} could publish the change`;
    throw new GovernanceError('NO_AUTHORITY_REACHABLE', message);
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

  /**
   * Another set is in force somewhere under the numbers of this node's own: the first authority in the
   * order of {@link publish} that is there prevails. True when this is the one, and it signed anew.
   */
  async prevail(): Promise<boolean> {
    const { node, store, online, clock, peers } = this.#deps;
    const repository = store.repository();
    if (online === undefined || !mayPublish(repository.root, online)) return false;
    const there = new Set<string>([node, ...peers().map(({ name }) => name)]);
    const authorities = store
      .current()
      .authorities.map((authority) => authority.node)
      .sort();
    if (authorities.find((name) => there.has(name)) !== node) return false;
    await this.#adopt(signAnew(repository, online, clock.now()));
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

  /** An authority that goes away before others have what it signed may never bring it back. */
  #requireInForce({ changed, lists }: CheckedChange, authority: string): void {
    const held = this.#deps.store.repository();
    const isThere = changed.every((role) => {
      const version = lists.get(role)?.signed.version ?? 0;
      return (held.lists.get(role)?.signed.version ?? 0) >= version;
    });
    if (isThere) return;
    const message = `${authority} took the change, and cannot be asked for it any more`;
    const remedy = 'Run the command again: if the change has arrived meanwhile, it says so.';
    throw new GovernanceError('NO_AUTHORITY_REACHABLE', message, { remedy });
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
