import { type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface EvidenceView {
  honest(): Iterable<NodeIndex>;
  /** Who signed two records under one sequence. */
  equivocators(): Iterable<NodeIndex>;
  /** Does this node hold evidence against that one? */
  knows(node: NodeIndex, equivocator: NodeIndex): boolean;
}

/** Whoever signed two values under one sequence is known for it by all. */
export class EvidenceEverywhere implements Check {
  readonly promise = 'evidence of each equivocation reaches all';
  readonly #view: EvidenceView;

  constructor(view: EvidenceView) {
    this.#view = view;
  }

  breaches(): readonly string[] {
    const list = new BreachList();
    for (const liar of this.#view.equivocators()) {
      for (const node of this.#view.honest()) {
        if (this.#view.knows(node, liar)) continue;
        list.add(`${nodeNameOf(node)} has no evidence against ${nodeNameOf(liar)}`);
      }
    }
    return list.all();
  }
}
