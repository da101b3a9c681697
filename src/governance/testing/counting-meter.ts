import type { Labels, Meter } from '../../ports/index.ts';

/** Remembers what was counted and set, by metric name and label values. */
export function countingMeter(): Meter & { readonly values: ReadonlyMap<string, number> } {
  const values = new Map<string, number>();
  const key = (name: string, labels: Labels<string>): string =>
    [name, ...Object.values(labels)].join(' ');
  return {
    values,
    counter: ({ name }) => ({
      add: (labels, count = 1) =>
        void values.set(key(name, labels), (values.get(key(name, labels)) ?? 0) + count),
    }),
    gauge: ({ name }) => ({
      set: (labels, value) => void values.set(key(name, labels), value),
      remove: (labels) => void values.delete(key(name, labels)),
    }),
    histogram: () => {
      throw new Error('nothing here measures a histogram');
    },
  };
}
