import { type NodeIndex, nodeNameOf, type Verdict } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface LivingMembersView {
  /** Those that run, do not lie and know the time. */
  reliable(): Iterable<NodeIndex>;
  verdictOf(node: NodeIndex, subject: NodeIndex): Verdict;
}

/**
 * A while after the last fault, no running member is held dead, nor gone, by any other. One whose clock is far off
 * cannot take the others' records, nor they its own: by its own rules it is no member until that is mended.
 */
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
    const running = [...this.#view.reliable()];
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
