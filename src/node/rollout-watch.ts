import type { RolloutView } from '../admin/index.ts';
import { formatVersion, type KeptChange, type TrustStore } from '../governance/index.ts';
import type { Meter } from '../ports/index.ts';
import type { NodeView, Registry } from '../registry/index.ts';
import { RolloutMetrics, rolloutOf, type WantedSet } from './rollout.ts';
import { type TrustHistory, versionNamed } from './trust-history.ts';

export interface RolloutWatchParts {
  readonly trust: Pick<TrustStore, 'current'>;
  readonly registry: Pick<Registry, 'nodeViews'>;
  readonly history: Pick<TrustHistory, 'last' | 'since'>;
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

  /**
   * Of a version, or of all that is in force here.
   *
   * @throws NodeError VERSION_MALFORMED
   */
  readonly view = (version: string | undefined): RolloutView => {
    const wanted = version === undefined ? this.#inForce() : this.#named(version);
    return rolloutOf(wanted, this.#parts.registry.nodeViews());
  };

  /** Measures again: to be called when nodes, members or what is in force changed. */
  readonly follow = (): void => this.#metrics.measured(this.view(undefined));

  #inForce(): WantedSet {
    const { trust, history } = this.#parts;
    const { version, digest, rootVersion, revision } = trust.current();
    const change = history.last?.digest === digest ? history.last : undefined;
    const { publishedAtMs, publisher } = change ?? {};
    return {
      name: String(version),
      digest,
      publishedAtMs,
      publishedBy: publisher,
      isBefore: isBefore({ rootVersion, revision }),
    };
  }

  #named(version: string): WantedSet {
    const name = versionNamed(version);
    const change = this.#parts.history.since(name);
    const { digest, publishedAtMs, publisher } = change ?? {};
    return {
      name: formatVersion(name),
      digest,
      publishedAtMs,
      publishedBy: publisher,
      isBefore: change === undefined ? () => false : isBefore(change),
    };
  }
}

/** Root versions order sets, and below one of them the versions of their snapshots. */
const isBefore =
  (wanted: Pick<KeptChange, 'rootVersion' | 'revision'>) =>
  ({ root, revision }: NodeView['enforces']): boolean => {
    if (root === undefined || revision === undefined) return false; // an older program says neither
    return root === wanted.rootVersion ? revision > wanted.revision : root > wanted.rootVersion;
  };
