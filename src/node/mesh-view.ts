import type { NodeName } from '../core/index.ts';
import type { TrustStore } from '../governance/index.ts';
import { peerIdOf } from '../platform/index.ts';
import type { Clock, Log, Timer } from '../ports/index.ts';
import { type NodeState, type RegistryView, registryView } from '../registry/index.ts';
import type { RecordStore } from '../replication/index.ts';

/** Record kinds: what a node says of itself, and of the workloads that it hosts. */
export const NODE_KIND = 'node';
export const NODE_KEY = 'self';
export const ENDPOINT_KIND = 'endpoint';

/** Changes that come within this time are told together, milliseconds: at most 50 views a second. */
const COALESCE_MS = 20;

export interface MeshViewParts {
  readonly trust: TrustStore;
  readonly records: RecordStore;
  readonly self: NodeName;
  readonly stateOf: (node: NodeName) => NodeState;
  readonly clock: Clock;
  readonly log: Log;
}

/** The registry as it is now: computed at need, told to listeners when something in it changed. */
export class MeshView {
  readonly #parts: MeshViewParts;
  readonly #listeners: ((view: RegistryView) => void)[] = [];
  #view: RegistryView | undefined;
  #pending: Timer | undefined;
  #isStopped = false;

  constructor(parts: MeshViewParts) {
    this.#parts = parts;
    parts.records.onChange(() => this.invalidate());
    parts.trust.onChange(() => this.invalidate());
  }

  current(): RegistryView {
    this.#view ??= this.#compute();
    return this.#view;
  }

  onChange(listener: (view: RegistryView) => void): void {
    this.#listeners.push(listener);
  }

  /** Something that the view is made of has changed. */
  invalidate(): void {
    this.#view = undefined;
    if (this.#isStopped) return;
    this.#pending ??= this.#parts.clock.after(COALESCE_MS, () => {
      this.#pending = undefined;
      this.#tell();
    });
  }

  /** Tells nobody any more. */
  stop(): void {
    this.#isStopped = true;
    this.#pending?.cancel();
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener(this.current());
      } catch (error) {
        // A full disk, say: it must not end the node, nor keep the news from the others.
        this.#parts.log.error('a change was not followed', { error });
      }
    }
  }

  #compute(): RegistryView {
    const { trust, records, stateOf, self } = this.#parts;
    return registryView({
      trust: trust.current(),
      nodes: records.entries(NODE_KIND).flatMap(({ writer, key, value, publicKey }) => {
        const state = writer === self ? 'self' : stateOf(writer);
        return key === NODE_KEY ? [{ writer, value, peerId: peerIdOf(publicKey), state }] : [];
      }),
      endpointClaims: records.entries(ENDPOINT_KIND),
    });
  }
}
