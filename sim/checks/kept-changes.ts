import type { TargetsRole } from '../../src/governance/index.ts';
import { type Ending, type Enforced, type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

export interface KeptChangesView {
  /** Nodes that run now and do not lie. */
  reliable(): Iterable<NodeIndex>;
}

/**
 * What was published is in force everywhere in the end, or a list of its version or above is: merging drops nothing
 * but one of two that bear one number. Of a disk that lies about what it wrote, that is promised only of what another
 * node has too.
 */
export class KeptChanges implements Check {
  readonly promise = 'no published change is lost, but to another of its number';
  readonly #view: KeptChangesView;
  readonly #inForce = new Map<NodeIndex, Enforced>();
  /** By the node that said so: what it said is published. */
  readonly #published = new Map<NodeIndex, Map<TargetsRole, number>>();

  constructor(view: KeptChangesView) {
    this.#view = view;
  }

  enforced(node: NodeIndex, enforced: Enforced): void {
    this.#inForce.set(node, enforced);
  }

  published(node: NodeIndex, lists: Enforced['lists']): void {
    const own = this.#published.get(node) ?? new Map<TargetsRole, number>();
    for (const [role, { version }] of lists) {
      own.set(role, Math.max(version, own.get(role) ?? 0));
    }
    this.#published.set(node, own);
  }

  stopped(node: NodeIndex, how: Ending): void {
    this.#inForce.delete(node);
    if (how !== 'crashed-with-loss') return;
    const own = this.#published.get(node);
    for (const [role, version] of own ?? []) {
      const isElsewhere = [...this.#inForce.values()].some(
        ({ lists }) => (lists.get(role)?.version ?? 0) >= version,
      );
      if (!isElsewhere) own?.delete(role);
    }
  }

  breaches(): readonly string[] {
    const list = new BreachList();
    const running = [...this.#view.reliable()];
    for (const [by, lists] of this.#published) {
      for (const [role, version] of lists) {
        const lacking = running.filter(
          (node) => (this.#inForce.get(node)?.lists.get(role)?.version ?? 0) < version,
        );
        const [one] = lacking;
        if (one === undefined) continue;
        const others = lacking.length > 1 ? ` and ${lacking.length - 1} others` : '';
        list.add(
          `${role} ${version}, published at ${nodeNameOf(by)}, is not at ${nodeNameOf(one)}${others}`,
        );
      }
    }
    return list.all();
  }
}
