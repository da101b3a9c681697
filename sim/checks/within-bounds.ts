import { BreachList, type Check } from './check.ts';

export interface Load {
  readonly what: string;
  readonly value: number;
  readonly bound: number;
  readonly unit: string;
}

/** What nodes hold and send stays under stated bounds, whatever liars do. */
export class WithinBounds implements Check {
  readonly promise = 'memory and traffic of each node stay under their bounds';
  readonly #loads: () => Iterable<Load>;

  constructor(loads: () => Iterable<Load>) {
    this.#loads = loads;
  }

  breaches(): readonly string[] {
    const list = new BreachList();
    for (const { what, value, bound, unit } of this.#loads()) {
      if (value > bound) list.add(`${what}: ${Math.round(value)} ${unit}; at most ${bound}`);
    }
    return list.all();
  }
}
