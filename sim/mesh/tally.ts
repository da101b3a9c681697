import type { Counter, Gauge, Histogram, Labels, Log, Meter } from '../../src/ports/index.ts';

/**
 * What all nodes of a run counted and complained about, together: a node's own meter and log would cost more
 * than the node. Labels and texts come from closed sets, so nothing here grows with the run.
 */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();
  /** One of each name, whoever asks for it. */
  readonly #counters = new Map<string, Counter<string>>();
  readonly #lines = new Map<string, number>();

  /** Counters add up over all nodes; gauges and histograms, which do not, are left out. */
  readonly meter: Meter = {
    counter: <Name extends string>({ name }: { readonly name: string }): Counter<Name> => {
      const known = this.#counters.get(name);
      if (known !== undefined) return known;
      const own = new Map<string, number>();
      const counter: Counter<string> = {
        add: (labels, count = 1) => increase(own, textOf(labels), count),
      };
      this.#counts.set(name, own);
      this.#counters.set(name, counter);
      return counter;
    },
    gauge: () => SILENT_GAUGE,
    histogram: () => SILENT_HISTOGRAM,
  };

  readonly log: Log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) => increase(this.#lines, `warn: ${message}`, 1),
    error: (message) => increase(this.#lines, `error: ${message}`, 1),
    child: () => this.log,
  };

  /** Over all labels of one metric, or those whose values are `values`, joined by commas. */
  count(metric: string, values?: string): number {
    const own = this.#counts.get(metric);
    if (values !== undefined) return own?.get(values) ?? 0;
    return [...(own?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  /** By metric and label values, most first. */
  counts(): readonly (readonly [metric: string, count: number])[] {
    return sorted(
      [...this.#counts].flatMap(([name, own]) =>
        [...own].map(([values, n]): [string, number] => [
          values === '' ? name : `${name}{${values}}`,
          n,
        ]),
      ),
    );
  }

  /** Warnings and errors that nodes logged, by text, most first. */
  lines(): readonly (readonly [line: string, count: number])[] {
    return sorted([...this.#lines]);
  }
}

const SILENT_GAUGE: Gauge<string> = { set: () => undefined, remove: () => undefined };
const SILENT_HISTOGRAM: Histogram<string> = { observe: () => undefined };

const increase = (counts: Map<string, number>, key: string, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);

/** The values of the labels; most metrics have one label or none, and are counted millions of times. */
function textOf(labels: Labels<string>): string {
  let text = '';
  for (const label in labels)
    text = text === '' ? (labels[label] ?? '') : `${text},${labels[label]}`;
  return text;
}

const sorted = (counts: readonly (readonly [string, number])[]) =>
  counts.toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
