import type { RecordHead, RecordId, Sequence } from '../../src/replication/index.ts';
import type { NodeIndex, Witness } from '../witness/index.ts';
import { Crowd } from './crowd.ts';
import { Durations } from './durations.ts';

interface Change {
  readonly sequence: Sequence;
  readonly saidAt: number;
  readonly missing: Crowd;
}

export interface PropagationView {
  /** Of the mesh. */
  readonly size: number;
  /** Those that run and do not lie. */
  honest(): Iterable<NodeIndex>;
}

/**
 * How long a change takes to be seen: from the moment at which its writer's store took it, on each node that
 * ran then and runs still. A node that holds a later record of the same name has seen the change too.
 */
export class Propagation implements Witness {
  /** Of each change and each node. */
  readonly onEach = new Durations();
  /** Of each change: until the last node. */
  readonly onAll = new Durations();
  readonly #view: PropagationView;
  readonly #open = new Map<RecordId, Change[]>();

  constructor(view: PropagationView) {
    this.#view = view;
  }

  /** Changes that some running node has not seen yet. */
  get unfinished(): number {
    return [...this.#open.values()].reduce((sum, changes) => sum + changes.length, 0);
  }

  said(node: NodeIndex, { id, sequence }: RecordHead, at: number): void {
    const missing = new Crowd(this.#view.size, this.#view.honest());
    missing.take(node);
    if (missing.size === 0) return;
    const changes = this.#open.get(id) ?? [];
    changes.push({ sequence, saidAt: at, missing });
    this.#open.set(id, changes);
  }

  took(node: NodeIndex, held: RecordHead, at: number): void {
    const { id } = held;
    const changes = this.#open.get(id);
    if (changes === undefined) return;
    for (const { sequence, saidAt, missing } of changes) {
      if (!isAtLeast(held.sequence, sequence) || !missing.take(node)) continue;
      this.onEach.add(at - saidAt);
      if (missing.size === 0) this.onAll.add(at - saidAt);
    }
    this.#forgetFinished(id, changes);
  }

  /** Whoever is gone is not waited for; if it was the last, the change was never seen by all. */
  stopped(node: NodeIndex): void {
    for (const [id, changes] of this.#open) {
      for (const { missing } of changes) missing.take(node);
      this.#forgetFinished(id, changes);
    }
  }

  #forgetFinished(id: RecordId, changes: readonly Change[]): void {
    if (changes.every(({ missing }) => missing.size > 0)) return;
    const left = changes.filter(({ missing }) => missing.size > 0);
    if (left.length === 0) this.#open.delete(id);
    else this.#open.set(id, left);
  }
}

const isAtLeast = (a: Sequence, b: Sequence): boolean =>
  (a.epoch - b.epoch || a.boot - b.boot || a.n - b.n) >= 0;
