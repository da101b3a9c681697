import type { Counter, Metric, Registry } from 'prom-client';
import type { Labels, MetricSpec } from '../ports/index.ts';

/**
 * Values are counted in plain numbers and handed to prom-client when somebody asks for them: its own `inc`
 * and `observe` find a series by a text of all its labels each time, which costs a request more than its policies do.
 */
export class CounterTally {
  readonly #labels: Labels<string>;
  #pending = 0;

  constructor(labels: Labels<string>) {
    this.#labels = labels;
  }

  add(count: number): void {
    this.#pending += count;
  }

  hand(metric: Counter): void {
    if (this.#pending === 0) return;
    metric.inc(this.#labels, this.#pending);
    this.#pending = 0;
  }
}

/** How often each of a histogram's buckets was hit, for one set of labels. */
class HistogramTally {
  readonly labels: Labels<string>;
  readonly #bounds: readonly number[];
  /** By bound; the last one for what is above all of them. */
  readonly #hits: Float64Array;
  #sum = 0;

  constructor(labels: Labels<string>, bounds: readonly number[]) {
    this.labels = labels;
    this.#bounds = bounds;
    this.#hits = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const bounds = this.#bounds;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    this.#hits[at] = (this.#hits[at] ?? 0) + 1;
    this.#sum += value;
  }

  /** As prom-client's own histograms say it: each bucket with all those below it. */
  samples(name: string) {
    let count = 0;
    const buckets = [...this.#hits].map((hits, at) => {
      count += hits;
      const labels = { le: this.#bounds[at] ?? '+Inf', ...this.labels };
      return { metricName: `${name}_bucket`, labels, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: this.labels, value: this.#sum },
      { metricName: `${name}_count`, labels: this.labels, value: count },
    ];
  }
}

/** A histogram in a prom-client registry; the package's own cannot take what was counted elsewhere. */
export class TalliedHistogram {
  readonly name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #tallies: HistogramTally[] = [];

  constructor({
    name,
    help,
    buckets,
  }: MetricSpec<string> & { readonly buckets: readonly number[] }) {
    this.name = name;
    this.#help = help;
    this.#bounds = buckets;
  }

  registerIn(registry: Registry): void {
    // A registry asks what is registered for `name` and `get()` alone; the type names prom-client's classes.
    registry.registerMetric(this as unknown as Metric);
  }

  tally(labels: Labels<string>): HistogramTally {
    const tally = new HistogramTally(labels, this.#bounds);
    this.#tallies.push(tally);
    return tally;
  }

  async get() {
    const { name } = this;
    const values = this.#tallies.flatMap((tally) => tally.samples(name));
    return { name, help: this.#help, type: 'histogram', values, aggregator: 'sum' };
  }
}
