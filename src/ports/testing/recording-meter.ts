import type { Labels, Meter, MetricSpec } from '../meter.ts';

/** Keeps the last value of every counter and gauge, and the count of every histogram. */
export function recordingMeter(): Meter & {
  /** 0 when nothing was recorded under that name and those labels. */
  value(name: string, labels?: Readonly<Record<string, string>>): number;
} {
  const values = new Map<string, number>();
  const keyOf = (name: string, labels: Readonly<Record<string, string>>): string =>
    JSON.stringify([name, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
  const add = (name: string, labels: Labels<string>, by: number): void => {
    const key = keyOf(name, labels);
    values.set(key, (values.get(key) ?? 0) + by);
  };
  return {
    value: (name, labels = {}) => values.get(keyOf(name, labels)) ?? 0,
    counter: ({ name }: MetricSpec<string>) => ({
      add: (labels, count = 1) => add(name, labels, count),
    }),
    gauge: ({ name }: MetricSpec<string>) => ({
      set: (labels, value) => void values.set(keyOf(name, labels), value),
      remove: (labels) => void values.delete(keyOf(name, labels)),
    }),
    histogram: ({ name }: MetricSpec<string>) => ({ observe: (labels) => add(name, labels, 1) }),
  };
}
