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
    const { id } = held;
    const signer = this.#view.signerOf(held.hash);
    const wrong = (what: string): void =>
      this.#breaches.add(`${nodeNameOf(node)} at ${(at / 1_000).toFixed(1)} s: ${id} ${what}`);
    if (signer !== held.content.writer) wrong(`was signed by ${signer ?? 'nobody'}`);
    const { expiresAt } = held.content;
    const now = this.#view.clockOf(node);
    if (expiresAt <= now) wrong(`had ended ${now - expiresAt} ms before`);
    const latest = this.#latestOf(id);
    const before = latest[node];
    if (before !== undefined && isOlder(held, before)) wrong('is older than what stood there');
    latest[node] = held;
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
