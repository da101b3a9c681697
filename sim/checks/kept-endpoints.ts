import { type Condition, type NodeIndex, nodeNameOf, type Verdict } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface KeptEndpointsView {
  condition(node: NodeIndex): Condition;
  couldReach(a: NodeIndex, b: NodeIndex, at: number): boolean;
}

/**
 * Liars take no healthy member's endpoints out of use: nobody healthy comes to hold it dead or gone, which is
 * when its endpoints get no traffic. For runs in which nothing else is wrong that could have brought it about.
 */
export class KeptEndpoints implements Check {
  readonly promise = 'no healthy member loses its endpoints to liars';
  readonly #view: KeptEndpointsView;
  readonly #breaches = new BreachList();

  constructor(view: KeptEndpointsView) {
    this.#view = view;
  }

  judged(node: NodeIndex, subject: NodeIndex, verdict: Verdict, at: number): void {
    if (verdict !== 'dead' && verdict !== 'left') return;
    const view = this.#view;
    if (view.condition(node) !== 'healthy' || view.condition(subject) !== 'healthy') return;
    if (!view.couldReach(node, subject, at)) return;
    const when = `${(at / 1_000).toFixed(1)} s`;
    this.#breaches.add(`${nodeNameOf(node)} held ${nodeNameOf(subject)} ${verdict} at ${when}`);
  }

  breaches(): readonly string[] {
    return this.#breaches.all();
  }
}
