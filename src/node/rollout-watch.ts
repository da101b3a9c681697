import type { RolloutView } from '../admin/index.ts';
import type { TrustStore } from '../governance/index.ts';
import type { Meter } from '../ports/index.ts';
import type { Registry } from '../registry/index.ts';
import { RolloutMetrics, rolloutOf, type WantedSet } from './rollout.ts';

export interface RolloutWatchParts {
  readonly trust: Pick<TrustStore, 'current'>;
  readonly registry: Pick<Registry, 'nodeViews'>;
  readonly meter: Meter;
}

/** Whether what is in force here, or another version, is enforced by all: asked for, and measured. */
export class RolloutWatch {
  readonly #parts: RolloutWatchParts;
  readonly #metrics: RolloutMetrics;

  constructor(parts: RolloutWatchParts) {
    this.#parts = parts;
    this.#metrics = new RolloutMetrics(parts.meter);
  }

  readonly view = (version: string | undefined): RolloutView => {
    return rolloutOf(this.#wanted(version), this.#parts.registry.nodeViews());
  };

  /** Measures again: to be called when nodes, members or what is in force changed. */
  readonly follow = (): void => this.#metrics.measured(this.view(undefined));

  #wanted(_version: string | undefined): WantedSet {
    const { version, digest } = this.#parts.trust.current();
    return {
      ...{ name: String(version), digest, publishedAtMs: undefined, publishedBy: undefined },
      isBefore: (enforces) => enforces.version > version,
    };
  }
}
