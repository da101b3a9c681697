import type { RolloutNode, RolloutView } from '../admin/index.ts';
import type { EpochMs, Gauge, Meter } from '../ports/index.ts';
import type { NodeView } from '../registry/index.ts';

/** A trust set as far as it is known here: what nodes are held against. */
export interface WantedSet {
  /** As people name it. */
  readonly name: string;
  /** Undefined as long as it is not here. */
  readonly digest: string | undefined;
  readonly publishedAtMs: EpochMs | undefined;
  readonly publishedBy: string | undefined;
  /** Is what a node enforces a later set? */
  readonly isBefore: (enforces: NodeView['enforces']) => boolean;
}

/** Which nodes decide by `wanted`, which lag and why, and how long it took to arrive. */
export function rolloutOf(wanted: WantedSet, views: readonly NodeView[]): RolloutView {
  const nodes = views.map((view) => nodeOf(view, wanted));
  const living = nodes.filter(isLiving);
  const have = living.filter(({ has }) => has);
  const took = have.flatMap(({ tookMs }) => tookMs ?? []).toSorted((a, b) => a - b);
  const { name: version, digest, publishedAtMs, publishedBy } = wanted;
  return {
    version,
    ...(digest === undefined ? {} : { digest }),
    ...(publishedAtMs === undefined ? {} : { publishedAt: new Date(publishedAtMs).toISOString() }),
    ...(publishedBy === undefined ? {} : { publishedBy }),
    complete: living.length > 0 && have.length === living.length,
    have: have.length,
    living: living.length,
    ...(took.length === 0
      ? {}
      : { tookMs: { p50: at(took, 0.5), p99: at(took, 0.99), last: at(took, 1) } }),
    nodes: [...living, ...nodes.filter((node) => !isLiving(node))],
  };
}

const isLiving = ({ state }: RolloutNode): boolean => state !== 'dead' && state !== 'left';

function nodeOf({ name, state, enforces, lag }: NodeView, wanted: WantedSet): RolloutNode {
  const { version, digest, since } = enforces;
  const isIt = digest === wanted.digest;
  const has = lag === undefined && (isIt || wanted.isBefore(enforces));
  const reason = lag ?? (has ? undefined : waitingFor(state, version));
  const { publishedAtMs } = wanted;
  const isTimed = has && isIt && since !== undefined && publishedAtMs !== undefined;
  return {
    name,
    state,
    has,
    enforces: { version, digest },
    ...(isIt && since !== undefined ? { since: new Date(since).toISOString() } : {}),
    // Clocks differ: one that is behind that of the publisher has it no sooner than it was there.
    ...(isTimed ? { tookMs: Math.max(0, since - publishedAtMs) } : {}),
    ...(reason === undefined ? {} : { reason }),
  };
}

const waitingFor = (state: RolloutNode['state'], version: number): string =>
  state === 'suspect'
    ? `it does not answer; it said last that it enforces version ${version}`
    : `it said last that it enforces version ${version}`;

/** The value below which that share of sorted ones lies. */
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;

/** Counts nodes by whether they decide by what is in force here. */
export class RolloutMetrics {
  readonly #nodes: Gauge<'state'>;

  constructor(meter: Meter) {
    this.#nodes = meter.gauge({
      name: 'selvage_rollout_nodes',
      help: 'Nodes that enforce what is in force at this one, that lag, and that do not live',
      labels: ['state'],
    });
  }

  measured({ nodes, have, living }: RolloutView): void {
    this.#nodes.set({ state: 'enforcing' }, have);
    this.#nodes.set({ state: 'lagging' }, living - have);
    this.#nodes.set({ state: 'gone' }, nodes.length - living);
  }
}
