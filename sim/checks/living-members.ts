import { type NodeIndex, nodeNameOf, type Verdict } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface LivingMembersView {
  honest(): Iterable<NodeIndex>;
  verdictOf(node: NodeIndex, subject: NodeIndex): Verdict;
}

/** A while after the last fault, no running member is held dead, nor gone, by any other. */
export class LivingMembers implements Check {
  readonly promise = 'no living member stays declared dead';
  readonly #view: LivingMembersView;

  constructor(view: LivingMembersView) {
    this.#view = view;
  }

  /** Has everybody come back to life everywhere? */
  look(): boolean {
    return this.breaches().length === 0;
  }

  breaches(): readonly string[] {
    const running = [...this.#view.honest()];
    const list = new BreachList();
    for (const node of running) {
      for (const subject of running) {
        const verdict = node === subject ? 'alive' : this.#view.verdictOf(node, subject);
        if (verdict !== 'dead' && verdict !== 'left') continue;
        list.add(`${nodeNameOf(node)} holds ${nodeNameOf(subject)} ${verdict}`);
      }
    }
    return list.all();
  }
}
