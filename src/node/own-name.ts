import type { NodeName } from '../core/index.ts';
import { datagramAddress, type Membership } from '../membership/index.ts';
import type { Registry } from '../registry/index.ts';
import { ReplicationError } from '../replication/index.ts';

export interface OwnNameParts {
  readonly node: NodeName;
  /** Of this node's key. */
  readonly epoch: number;
  readonly registry: Pick<Registry, 'node'>;
  readonly membership: Pick<Membership, 'address' | 'seekTwin'>;
  /** Says again what this node says of itself. */
  readonly say: () => void;
  /** It must not go on. */
  readonly fail: (error: Error) => void;
}

/**
 * Watches what is said under this node's own name. A key with a newer credential has taken the name over: this
 * node ends. Its own key says that it is elsewhere: it was moved, or its data directory was copied, and then
 * the host that began later ends.
 */
export class OwnName {
  readonly #parts: OwnNameParts;

  constructor(parts: OwnNameParts) {
    this.#parts = parts;
  }

  /** To be called before this node says anything. Resolves within a second. */
  async check(): Promise<void> {
    const { node, epoch, registry, membership } = this.#parts;
    const said = registry.node(node);
    if (said === undefined) return;
    if (said.epoch > epoch) this.#fail(said.epoch);
    else if (said.epoch === epoch) await membership.seekTwin(said.claim.addresses);
  }

  /** These say something else of themselves. */
  follow(names: ReadonlySet<NodeName>): void {
    const { node, epoch, registry, membership, say } = this.#parts;
    const said = names.has(node) ? registry.node(node) : undefined;
    if (said === undefined) return;
    if (said.epoch > epoch) this.#fail(said.epoch);
    else if (!said.claim.addresses.includes(datagramAddress(membership.address))) {
      void membership.seekTwin(said.claim.addresses);
      say();
    }
  }

  #fail(newer: number): void {
    const { node, epoch, fail } = this.#parts;
    const detail = `epoch ${newer} of ${node} is in force; ours is ${epoch}`;
    fail(new ReplicationError('NAME_TAKEN_OVER', detail));
  }
}
