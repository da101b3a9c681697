import type { NodeName, ServiceKey } from '../core/index.ts';
import type { Clock, Log, Timer } from '../ports/index.ts';

/** Changes that come within this time are told together, milliseconds: at most 50 times a second. */
const COALESCE_MS = 20;

/** What may look different since listeners were told last. */
export interface RegistryChange {
  /** Services of which an endpoint came, went or changed its state, and those whose rules did. */
  readonly services: ReadonlySet<ServiceKey>;
  /** Nodes that came, went, said something else of themselves, or live no more. */
  readonly nodes: ReadonlySet<NodeName>;
}

export type ChangeListener = (change: RegistryChange) => void;

/** Gathers what changed, and tells it a little later. What it gathers is bounded by what there is. */
export class ChangeStream {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners: ChangeListener[] = [];
  #services = new Set<ServiceKey>();
  #nodes = new Set<NodeName>();
  #pending: Timer | undefined;
  #isStopped = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  services(changed: Iterable<ServiceKey>): void {
    for (const service of changed) {
      this.#services.add(service);
      this.#tellSoon();
    }
  }

  node(changed: NodeName): void {
    this.#nodes.add(changed);
    this.#tellSoon();
  }

  /** Tells nobody any more. */
  stop(): void {
    this.#isStopped = true;
    this.#pending?.cancel();
  }

  #tellSoon(): void {
    if (this.#isStopped || this.#pending !== undefined) return;
    this.#pending = this.#clock.after(COALESCE_MS, () => this.#tell());
  }

  #tell(): void {
    this.#pending = undefined;
    const change: RegistryChange = { services: this.#services, nodes: this.#nodes };
    this.#services = new Set();
    this.#nodes = new Set();
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // A full disk, say: it must not end the node, nor keep the news from the others.
        this.#log.error('a change was not followed', { error });
      }
    }
  }
}
