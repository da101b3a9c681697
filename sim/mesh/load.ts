import { SelvageError } from '../../src/core/index.ts';
import type { NodeIndex } from '../witness/index.ts';
import type { SimRandom } from '../world/index.ts';
import { isDiskError } from './disk-error.ts';
import type { Mesh } from './mesh.ts';

/** Workloads that one node hosts at most. */
const MAX_WORKLOADS = 20;
/** Of changes, endpoints that go; the others come or change. */
const SHARE_OF_ENDS = 0.2;

/** Workloads that start, change and end, on nodes and at times that are drawn. */
export class Load {
  readonly #mesh: Mesh;
  readonly #meanMs: number;
  readonly #random: SimRandom;
  #serial = 0;

  constructor(mesh: Mesh, changesPerSecond: number, random: SimRandom) {
    this.#mesh = mesh;
    this.#meanMs = 1_000 / changesPerSecond;
    this.#random = random;
  }

  /** From now until then. */
  run(untilMs: number): void {
    const { world } = this.#mesh;
    const at = world.now + this.#random.exponential(this.#meanMs);
    if (at >= untilMs) return;
    world.at(at, () => {
      this.#change(this.#random.below(this.#mesh.size));
      this.run(untilMs);
    });
  }

  /** Nothing happens on a node that is down, blocked or a liar: its workloads have stopped with it. */
  #change(index: NodeIndex): void {
    const node = this.#mesh.node(index);
    if (node.isLiar || !node.canSpeak) return;
    const key = `workload-${this.#random.below(MAX_WORKLOADS)}`;
    const ends = this.#random.fraction() < SHARE_OF_ENDS;
    try {
      this.#mesh.change(index, key, ends ? undefined : this.#serial++);
    } catch (error) {
      // Its disk fails, or its clock is wrong: it says so and says nothing else; the workload tries again later.
      if (!(error instanceof SelvageError) && !isDiskError(error)) throw error;
    }
  }
}
