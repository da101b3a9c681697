import type { Ending, NodeIndex, Verdict, Witness } from '../witness/index.ts';
import { Crowd } from './crowd.ts';
import { Durations } from './durations.ts';

interface Crash {
  readonly at: number;
  readonly missing: Crowd;
}

export interface DetectionView {
  /** Of the mesh. */
  readonly size: number;
  /** Whose judgement counts: those that run and do not lie. */
  honest(): Iterable<NodeIndex>;
}

/**
 * How long a crash takes to be confirmed: from its moment until a node that ran all the while holds the
 * member dead. One that comes back before all know is not counted for the rest.
 */
export class Detection implements Witness {
  /** Of each crash and each node. */
  readonly onEach = new Durations();
  /** Of each crash: until the last node. */
  readonly onAll = new Durations();
  readonly #mesh: DetectionView;
  readonly #open = new Map<NodeIndex, Crash>();

  constructor(mesh: DetectionView) {
    this.#mesh = mesh;
  }

  /** Crashes that some running node has not confirmed yet. */
  get unfinished(): number {
    return this.#open.size;
  }

  stopped(node: NodeIndex, how: Ending, at: number): void {
    for (const [victim, { missing }] of this.#open) {
      missing.take(node);
      if (missing.size === 0) this.#open.delete(victim);
    }
    if (how === 'left') return;
    const missing = new Crowd(this.#mesh.size, this.#mesh.honest());
    missing.take(node);
    if (missing.size > 0) this.#open.set(node, { at, missing });
  }

  started(node: NodeIndex): void {
    this.#open.delete(node);
  }

  judged(node: NodeIndex, subject: NodeIndex, verdict: Verdict, at: number): void {
    const crash = this.#open.get(subject);
    if (crash === undefined || verdict !== 'dead' || !crash.missing.take(node)) return;
    this.onEach.add(at - crash.at);
    if (crash.missing.size > 0) return;
    this.onAll.add(at - crash.at);
    this.#open.delete(subject);
  }
}
