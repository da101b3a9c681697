import type { Condition, NodeIndex, Verdict, Witness } from '../witness/index.ts';

export interface FalseDeathsView {
  condition(node: NodeIndex): Condition;
  /** Have both run, and could each reach the other, all through the last while? Else one may well hold the other dead. */
  couldReach(a: NodeIndex, b: NodeIndex, at: number): boolean;
}

/**
 * False positives: a running member is held dead by a node that it could reach. Counted for each pair, as in
 * Lifeguard's measurements (arXiv 1707.00788 section V): about healthy members and about slow ones apart, and
 * in each case at healthy and at slow nodes. What liars think is of no account.
 */
export class FalseDeaths implements Witness {
  readonly #view: FalseDeathsView;
  readonly #counts = new Map<string, number>();
  /** The first few, to look for them in a replay. */
  readonly examples: {
    readonly node: NodeIndex;
    readonly subject: NodeIndex;
    readonly at: number;
  }[] = [];

  constructor(view: FalseDeathsView) {
    this.#view = view;
  }

  judged(node: NodeIndex, subject: NodeIndex, verdict: Verdict, at: number): void {
    const view = this.#view;
    if (verdict !== 'dead' || !view.couldReach(node, subject, at)) return;
    const [of, by] = [view.condition(subject), view.condition(node)];
    if (of === 'liar' || by === 'liar') return;
    const key = `${of} at ${by}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    if (of === 'healthy' && this.examples.length < MAX_EXAMPLES) {
      this.examples.push({ node, subject, at });
    }
  }

  /** How often nodes of one condition held members of another dead. */
  count(of: Condition, by: Condition): number {
    return this.#counts.get(`${of} at ${by}`) ?? 0;
  }

  get ofHealthy(): number {
    return this.count('healthy', 'healthy') + this.count('healthy', 'slow');
  }

  get ofSlow(): number {
    return this.count('slow', 'healthy') + this.count('slow', 'slow');
  }
}

const MAX_EXAMPLES = 5;
