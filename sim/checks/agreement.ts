import type { NodeIndex } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface AgreementView {
  /** Whose digests must be equal: all that run, do not lie and know the time. */
  reliable(): Iterable<NodeIndex>;
  digestOf(node: NodeIndex): string;
}

/** All running nodes hold the same a bounded while after the last fault and the last change. */
export class Agreement implements Check {
  readonly promise: string;
  readonly #view: AgreementView;
  readonly #boundMs: number;
  #reachedMs: number | undefined;

  constructor(
    view: AgreementView,
    boundMs: number,
    promise = `all running nodes hold the same records ${boundMs / 1_000} s after the last fault`,
  ) {
    this.promise = promise;
    this.#view = view;
    this.#boundMs = boundMs;
  }

  /** How long it took; undefined when it has not come about. */
  get reachedMs(): number | undefined {
    return this.#reachedMs;
  }

  /** Do all hold the same now, `calmMs` after the last fault and change? */
  look(calmMs: number): boolean {
    const digests = new Set<string>();
    for (const node of this.#view.reliable()) {
      digests.add(this.#view.digestOf(node));
      if (digests.size > 1) return false;
    }
    this.#reachedMs ??= calmMs;
    return true;
  }

  breaches(): readonly string[] {
    if (this.#reachedMs !== undefined && this.#reachedMs <= this.#boundMs) return [];
    const groups = new Map<string, NodeIndex[]>();
    for (const node of this.#view.reliable()) {
      const digest = this.#view.digestOf(node);
      groups.set(digest, [...(groups.get(digest) ?? []), node]);
    }
    const list = new BreachList();
    for (const [digest, nodes] of [...groups].toSorted(([, a], [, b]) => b.length - a.length)) {
      const few = nodes.slice(0, 5).join(', ');
      list.add(
        `${nodes.length} nodes (${few}${nodes.length > 5 ? ', …' : ''}) hold ${digest.slice(0, 12)}`,
      );
    }
    return list.all();
  }
}
