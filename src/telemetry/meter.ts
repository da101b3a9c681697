import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import type { Labels, Meter, MetricSpec } from '../ports/index.ts';
import { TelemetryError } from './errors.ts';
import { SeriesBudget, SeriesTable } from './series.ts';
import { CounterTally, TalliedHistogram } from './tallies.ts';

/**
 * Samples (lines of exposition text) that one process may hold, about 2.5 MB of JSON: a sidecar's must fit
 * into one message to its node. New series beyond it are counted, not kept.
 */
export const MAX_SAMPLES = 10_000;

/** `_sum`, `_count` and the bucket `+Inf`, beside a histogram's own buckets. */
const HISTOGRAM_EXTRA_SAMPLES = 3;

/** A {@link Meter} over a prom-client registry. */
export function createMeter(registry: Registry): Meter {
  const tableFor = seriesTables(registry);
  const once = metricsByName();
  const configuration = <Name extends string>({ name, help, labels }: MetricSpec<Name>) => ({
    name,
    help,
    labelNames: labels,
    registers: [registry],
  });
  return {
    counter: (spec) =>
      once('counter', spec, () => {
        const tallies: CounterTally[] = [];
        const collect = (): void => {
          for (const tally of tallies) tally.hand(metric);
        };
        const metric = new Counter({ ...configuration(spec), collect });
        const create = (labels: Labels<string>): CounterTally => {
          const tally = new CounterTally(labels);
          tallies.push(tally);
          return tally;
        };
        const table = tableFor(spec, create, 1);
        return { add: (labels, count = 1) => table.child(labels)?.add(count) };
      }),
    gauge: (spec) =>
      once('gauge', spec, () => {
        const metric = new Gauge(configuration(spec));
        const table = tableFor(spec, (labels) => metric.labels(labels), 1);
        return {
          set: (labels, value) => table.child(labels)?.set(value),
          remove: (labels) => {
            if (table.remove(labels)) metric.remove(labels);
          },
        };
      }),
    histogram: (spec) =>
      once('histogram', spec, () => {
        const metric = new TalliedHistogram(spec);
        metric.registerIn(registry);
        const samples = spec.buckets.length + HISTOGRAM_EXTRA_SAMPLES;
        const table = tableFor(spec, (labels) => metric.tally(labels), samples);
        return { observe: (labels, value) => table.child(labels)?.observe(value) };
      }),
  };
}

/** Makes the tables of one registry: they share a budget, and count what it leaves no room for. */
function seriesTables(registry: Registry) {
  const budget = new SeriesBudget(MAX_SAMPLES);
  const overflow = new Counter({
    name: 'selvage_metrics_overflow_total',
    help: `Values that were not kept, because ${MAX_SAMPLES} samples exist already`,
    labelNames: ['metric'],
    registers: [registry],
  });
  return <Name extends string, Child>(
    spec: MetricSpec<Name>,
    create: (labels: Labels<Name>) => Child,
    samplesEach: number,
  ): SeriesTable<Name, Child> =>
    new SeriesTable({
      names: spec.labels,
      create,
      budget,
      samplesEach,
      overflow: () => overflow.inc({ metric: spec.name }),
    });
}

/** Gives the same metric for the same name, and refuses another one under it. */
function metricsByName() {
  const made = new Map<string, { readonly shape: string; readonly metric: unknown }>();
  return <Metric>(kind: string, spec: MetricSpec<string>, make: () => Metric): Metric => {
    const shape = `${kind}(${spec.labels.join(', ')})`;
    const known = made.get(spec.name);
    if (known === undefined) {
      const metric = make();
      made.set(spec.name, { shape, metric });
      return metric;
    }
    if (known.shape !== shape) {
      const message = `'${spec.name}' is ${known.shape} and cannot be ${shape} too`;
      throw new TelemetryError('METRIC_CONFLICT', message);
    }
    return known.metric as Metric; // the shape names the kind and the labels, and so the type
  };
}
