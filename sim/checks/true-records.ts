import type { NodeName } from '../../src/core/index.ts';
import type { RecordHead, RecordId, Sequence } from '../../src/replication/index.ts';
import { type HeldHead, type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface TrueRecordsView {
  /** Who signed the payload with this hash; undefined when nobody did. */
  signerOf(hash: string): NodeName | undefined;
  /** By the node's own clock. */
  clockOf(node: NodeIndex): number;
}

/** What a node takes into force was signed by its writer, holds still, and is no older than what it held before. */
export class TrueRecords implements Check {
  readonly promise = 'no forged, expired or rolled-back record is ever visible';
  readonly #view: TrueRecordsView;
  /** By name and node: the latest that it held of what changed since it started. */
  readonly #latest = new Map<RecordId, (RecordHead | undefined)[]>();
  readonly #breaches = new BreachList();

  constructor(view: TrueRecordsView) {
    this.#view = view;
  }

  took(node: NodeIndex, held: HeldHead, at: number): void {
    const wrong = this.#wrongWith(node, held);
    if (wrong !== undefined) {
      const when = `${nodeNameOf(node)} at ${(at / 1_000).toFixed(1)} s`;
      this.#breaches.add(`${when}: ${held.id} ${wrong}`);
    }
    this.#latestOf(held.id)[node] = held;
  }

  #wrongWith(node: NodeIndex, held: HeldHead): string | undefined {
    const { writer, expiresAt } = held.content;
    const signer = this.#view.signerOf(held.hash);
    if (signer !== writer) return `was signed by ${signer ?? 'nobody'}`;
    const now = this.#view.clockOf(node);
    if (expiresAt <= now) return `had ended ${now - expiresAt} ms before`;
    const before = this.#latestOf(held.id)[node];
    return before !== undefined && isOlder(held, before)
      ? 'is older than what stood there'
      : undefined;
  }

  /** What it held is on its disk, which another check looks after. */
  stopped(node: NodeIndex): void {
    for (const latest of this.#latest.values()) latest[node] = undefined;
  }

  breaches(): readonly string[] {
    return this.#breaches.all();
  }

  #latestOf(id: RecordId): (RecordHead | undefined)[] {
    let latest = this.#latest.get(id);
    if (latest === undefined) {
      latest = [];
      this.#latest.set(id, latest);
    }
    return latest;
  }
}

/** Of two under one sequence the larger hash holds. */
const isOlder = (a: RecordHead, b: RecordHead): boolean => {
  const order = compare(a.sequence, b.sequence);
  return order < 0 || (order === 0 && a.hash < b.hash);
};

const compare = (a: Sequence, b: Sequence): number =>
  a.epoch - b.epoch || a.boot - b.boot || a.n - b.n;
