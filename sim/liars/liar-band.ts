import type { DisguiseOf } from '../mesh/index.ts';
import type { Fault, Scenario } from '../scenario/index.ts';
import { type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { SimRandom } from '../world/index.ts';
import { Liar } from './liar.ts';

/** The liars of a scenario, drawn from the seed: who they are, and what each is known to have done. */
export class LiarBand {
  readonly #liars = new Map<NodeIndex, Liar>();
  readonly #plans = new Map<NodeIndex, Extract<Fault, { kind: 'liars' }>>();
  readonly #nodes: number;

  constructor({ nodes, faults }: Scenario, seed: number) {
    this.#nodes = nodes;
    const random = new SimRandom(seed, 'liars');
    for (const fault of faults) {
      if (fault.kind !== 'liars') continue;
      const count = Math.max(1, Math.floor(fault.share * nodes));
      for (let i = 0; i < count; i++) this.#plans.set(random.below(nodes), fault);
    }
  }

  readonly disguiseOf: DisguiseOf = (node, identity) => {
    const plan = this.#plans.get(node);
    if (plan === undefined) return undefined;
    const others = Array.from({ length: this.#nodes }, (_, other) => other);
    const victims = others.filter((other) => !this.#plans.has(other)).map(nodeNameOf);
    const liar = new Liar(identity, plan, victims);
    this.#liars.set(node, liar);
    return liar;
  };

  /** Those who have signed two values under one sequence, and told both. */
  *equivocators(): Iterable<NodeIndex> {
    for (const [node, liar] of this.#liars) if (liar.hasEquivocated) yield node;
  }
}
