import type { Counter, Gauge, Histogram, Labels, Log, Meter } from '../../src/ports/index.ts';

/**
 * What all nodes of a run counted and complained about, together: a node's own meter and log would cost more
 * than the node. Labels and texts come from closed sets, so nothing here grows with the run.
 */
export class Tally {
  /** One of each name, whoever asks for it. */
  readonly #counters = new Map<string, SharedCounter>();
  readonly #lines = new Map<string, number>();

  /** Counters add up over all nodes; gauges and histograms, which do not, are left out. */
  readonly meter: Meter = {
    counter: ({ name, labels }) => {
      let counter = this.#counters.get(name);
      if (counter === undefined) {
        counter = new SharedCounter(labels.length > 0);
        this.#counters.set(name, counter);
      }
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
    return this.#counters.get(metric)?.count(values) ?? 0;
  }

  /** By metric and label values, most first. */
  counts(): readonly (readonly [metric: string, count: number])[] {
    return sorted(
      [...this.#counters].flatMap(([name, counter]) =>
        counter
          .counts()
          .map(([values, n]): [string, number] => [values === '' ? name : `${name}{${values}}`, n]),
      ),
    );
  }

  /** Warnings and errors that nodes logged, by text, most first. */
  lines(): readonly (readonly [line: string, count: number])[] {
    return sorted([...this.#lines]);
  }
}

/** One metric of all nodes: most are counted without labels, millions of times. */
class SharedCounter implements Counter<string> {
  readonly #isLabelled: boolean;
  readonly #byLabels = new Map<string, number>();
  #all = 0;

  constructor(isLabelled: boolean) {
    this.#isLabelled = isLabelled;
  }

  add(labels: Labels<string>, count = 1): void {
    this.#all += count;
    if (this.#isLabelled) increase(this.#byLabels, textOf(labels), count);
  }

  /** Over all labels, or those with these values. */
  count(values: string | undefined): number {
    return values === undefined ? this.#all : (this.#byLabels.get(values) ?? 0);
  }

  /** By the values of the labels: '' where it has none. */
  counts(): readonly (readonly [values: string, count: number])[] {
    if (this.#isLabelled) return [...this.#byLabels];
    return this.#all === 0 ? [] : [['', this.#all]];
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
