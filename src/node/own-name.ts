import type { NodeName } from '../core/index.ts';
import { datagramAddress, type Membership } from '../membership/index.ts';
import { NODE_KIND, type Registry } from '../registry/index.ts';
import { type RecordChange, ReplicationError } from '../replication/index.ts';

export interface OwnNameParts {
  readonly node: NodeName;
  /** Of this node's key. */
  readonly epoch: number;
  readonly registry: Pick<Registry, 'node'>;
  readonly membership: Pick<Membership, 'address' | 'seekTwin'>;
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
  /** Where another holder of the key was looked for before anything was said. */
  #checked: string | undefined;

  constructor(parts: OwnNameParts) {
    this.#parts = parts;
  }

  get node(): NodeName {
    return this.#parts.node;
  }

  /** To be called before this node says anything. Resolves within a second. */
  async check(): Promise<void> {
    const elsewhere = this.#judge();
    if (elsewhere === undefined || elsewhere.join() === this.#checked) return;
    this.#checked = elsewhere.join();
    await this.#parts.membership.seekTwin(elsewhere);
  }

  /** To be told of each change of the records. */
  follow(changes: readonly RecordChange[]): void {
    const { node } = this.#parts;
    const isTold = changes.some(
      ({ record: { content }, origin }) =>
        content.writer === node && content.kind === NODE_KIND && origin === 'others',
    );
    const elsewhere = isTold ? this.#judge() : undefined;
    if (elsewhere !== undefined) void this.#parts.membership.seekTwin(elsewhere);
  }

  /** Where this node's own key says that it is, when that is not here. */
  #judge(): readonly string[] | undefined {
    const { node, epoch, registry, membership } = this.#parts;
    const said = registry.node(node);
    if (said === undefined || said.epoch < epoch) return undefined;
    if (said.epoch > epoch) {
      this.#fail(said.epoch);
      return undefined;
    }
    const { addresses } = said.claim;
    return addresses.includes(datagramAddress(membership.address)) ? undefined : addresses;
  }

  #fail(newer: number): void {
    const { node, epoch, fail } = this.#parts;
    const detail = `epoch ${newer} of ${node} is in force; ours is ${epoch}`;
    fail(new ReplicationError('NAME_TAKEN_OVER', detail));
  }
}
