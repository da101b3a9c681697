import type { TargetsRole } from '../../src/governance/index.ts';
import { type Enforced, type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface SignedListsView {
  /** Did enough of those sign what has this digest whose list it is? */
  isSigned(role: TargetsRole, digest: string): boolean;
}

/** No list is in force anywhere that fewer people signed than must. */
export class SignedLists implements Check {
  readonly promise = 'nothing is in force that fewer people signed than must';
  readonly #view: SignedListsView;
  readonly #breaches = new BreachList();

  constructor(view: SignedListsView) {
    this.#view = view;
  }

  enforced(node: NodeIndex, { lists }: Enforced, at: number): void {
    for (const [role, { version, digest }] of lists) {
      if (this.#view.isSigned(role, digest)) continue;
      const when = `${(at / 1_000).toFixed(1)} s`;
      this.#breaches.add(`${nodeNameOf(node)} at ${when}: ${role} ${version} lacks signatures`);
    }
  }

  breaches(): readonly string[] {
    return this.#breaches.all();
  }
}
