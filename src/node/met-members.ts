import type { NodeName } from '../core/index.ts';
import type { KnownMember, Membership } from '../membership/index.ts';
import type { Store } from '../ports/index.ts';
import type { ProvenNode, Registry } from '../registry/index.ts';
import {
  isDialable,
  type KnownPeer,
  knownPeer,
  MAX_KNOWN_PEERS,
  readPeers,
  writePeers,
} from './known-peers.ts';

export interface MetMembersParts {
  readonly store: Store;
  readonly registry: Pick<Registry, 'node' | 'nodes'>;
  readonly membership: Pick<Membership, 'learn' | 'forget' | 'dialAlso'>;
}

/**
 * Tells membership who is one: whom the records name, and nobody else. Those met before whose records are gone may be
 * dialled, so that a node which was away for long finds the mesh again.
 */
export class MetMembers {
  readonly #parts: MetMembersParts;
  #kept: readonly KnownPeer[];

  /** @throws NodeError DATA_DIRECTORY_DAMAGED */
  constructor(parts: MetMembersParts) {
    this.#parts = parts;
    this.#kept = readPeers(parts.store);
  }

  /** All whom it knows of. */
  meet(): void {
    const { membership, registry } = this.#parts;
    const fromRecords = [...registry.nodes()].map(memberOf);
    // An id counts as well: whoever has proved it says where it is dialled.
    const heard = new Set(fromRecords.flatMap(({ name, peerId }) => [name, peerId]));
    const before = this.#kept.filter(({ name, peerId }) => !heard.has(name) && !heard.has(peerId));
    membership.learn(fromRecords);
    this.#keep([...fromRecords.slice(0, MAX_KNOWN_PEERS).map(knownPeer), ...before]);
  }

  /** These say something else of themselves, or nothing any more. */
  follow(names: Iterable<NodeName>): void {
    const { membership, registry } = this.#parts;
    const met: KnownMember[] = [];
    for (const name of names) {
      const node = registry.node(name);
      if (node !== undefined) met.push(memberOf(node));
      else membership.forget(name);
    }
    membership.learn(met);
    this.#keepAlso(met);
  }

  /** In place of whom they were met as; of more than there is room for, those met first stay. */
  #keepAlso(met: readonly KnownMember[]): void {
    const changed = new Map(met.map((member) => [member.name, knownPeer(member)]));
    const ids = new Set(met.map(({ peerId }) => peerId));
    const kept = this.#kept.flatMap((peer) => {
      const now = changed.get(peer.name);
      changed.delete(peer.name);
      if (now !== undefined) return [now];
      return ids.has(peer.peerId) ? [] : [peer];
    });
    this.#keep([...kept, ...changed.values()]);
  }

  #keep(peers: readonly KnownPeer[]): void {
    const before = JSON.stringify(this.#kept);
    this.#kept = peers.slice(0, MAX_KNOWN_PEERS);
    const { membership, registry, store } = this.#parts;
    if (JSON.stringify(this.#kept) !== before) writePeers(store, this.#kept);
    membership.dialAlso(
      this.#kept.filter((peer) => registry.node(peer.name) === undefined && isDialable(peer)),
    );
  }
}

/** As its record says, which its key has signed. */
export const memberOf = ({
  name,
  peerId,
  publicKey,
  epoch,
  boot,
  claim,
}: ProvenNode): KnownMember => ({
  name,
  peerId,
  publicKey,
  epoch,
  boot,
  addresses: claim.addresses,
  isLeaving: claim.leaving === true,
});
