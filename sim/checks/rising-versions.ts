import { type Ending, type Enforced, type NodeIndex, nodeNameOf } from '../witness/index.ts';
import { BreachList, type Check } from './check.ts';

/**
 * What a node has in force never goes back, not over a restart either: no list, no root; nor snapshot and timestamp,
 * whose numbers may start anew with a root alone (TUF section 5.3.11). A disk that lost what it confirmed takes its
 * node back with it.
 */
export class RisingVersions implements Check {
  readonly promise = 'no version ever falls at a node';
  readonly #last = new Map<NodeIndex, Enforced>();
  readonly #breaches = new BreachList();

  enforced(node: NodeIndex, next: Enforced, at: number): void {
    const before = this.#last.get(node);
    this.#last.set(node, next);
    for (const what of before === undefined ? [] : fallen(before, next)) {
      this.#breaches.add(`${nodeNameOf(node)} at ${(at / 1_000).toFixed(1)} s: ${what}`);
    }
  }

  stopped(node: NodeIndex, how: Ending): void {
    if (how === 'crashed-with-loss') this.#last.delete(node);
  }

  breaches(): readonly string[] {
    return this.#breaches.all();
  }
}

function* fallen(before: Enforced, next: Enforced): Iterable<string> {
  const online = next.root > before.root ? [] : (['snapshot', 'timestamp'] as const);
  for (const what of ['root', ...online] as const) {
    if (next[what] < before[what]) yield `${what} ${next[what]} after ${before[what]}`;
  }
  for (const [role, { version }] of before.lists) {
    const later = next.lists.get(role)?.version ?? 0;
    if (later < version) yield `${role} ${later} after ${version}`;
  }
}
