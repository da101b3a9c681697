import type { Candidate, Candidates } from '../../src/membership/testing/index.ts';
import type { NodeIndex } from '../witness/index.ts';

export type Acquaintance = Omit<Candidate, 'state'>;

/** All members as one of them knows them: for alive, or for dead. Who makes up its mind for it is outside of it. */
export class Acquaintances implements Candidates {
  readonly places: number;
  readonly #self: NodeIndex;
  readonly #all: readonly Acquaintance[];
  readonly #dead = new Set<NodeIndex>();

  constructor(self: NodeIndex, all: readonly Acquaintance[]) {
    this.#self = self;
    this.#all = all;
    this.places = all.length;
  }

  at(place: number): Candidate | undefined {
    const known = place === this.#self ? undefined : this.#all[place];
    return known && { ...known, state: this.#dead.has(place) ? 'dead' : 'alive' };
  }

  /** Those of whom it is news. */
  judge(isAlive: (node: NodeIndex) => boolean): { died: Candidate[]; revived: Candidate[] } {
    const died: Candidate[] = [];
    const revived: Candidate[] = [];
    for (let node = 0; node < this.places; node++) {
      if (node === this.#self || isAlive(node) !== this.#dead.has(node)) continue;
      if (isAlive(node)) this.#dead.delete(node);
      else this.#dead.add(node);
      const candidate = this.at(node);
      if (candidate !== undefined) (isAlive(node) ? revived : died).push(candidate);
    }
    return { died, revived };
  }
}
