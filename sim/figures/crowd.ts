import type { NodeIndex } from '../witness/index.ts';

/** Who of a mesh is still awaited: a set of node numbers that is cheap to fill with all of them. */
export class Crowd {
  readonly #awaited: Uint8Array;
  #size = 0;

  constructor(nodes: number, members: Iterable<NodeIndex>) {
    this.#awaited = new Uint8Array(nodes);
    for (const member of members) this.#awaited[member] = 1;
    for (const one of this.#awaited) this.#size += one;
  }

  get size(): number {
    return this.#size;
  }

  /** Was it awaited until now? */
  take(member: NodeIndex): boolean {
    if (this.#awaited[member] !== 1) return false;
    this.#awaited[member] = 0;
    this.#size--;
    return true;
  }
}
