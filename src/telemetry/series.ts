import type { Labels } from '../ports/index.ts';

/** Room for series, shared by the metrics of one registry. */
export class SeriesBudget {
  #left: number;

  constructor(samples: number) {
    this.#left = samples;
  }

  take(samples: number): boolean {
    if (samples > this.#left) return false;
    this.#left -= samples;
    return true;
  }

  giveBack(samples: number): void {
    this.#left += samples;
  }
}

interface Series<Child> {
  readonly child: Child;
  readonly key: string;
  live: boolean;
}

/**
 * The children of one metric, one per distinct label values. A caller that keeps its labels object pays
 * one lookup by identity; labels that were made on the spot are compared by their values.
 */
export class SeriesTable<Name extends string, Child> {
  readonly #names: readonly Name[];
  readonly #create: (labels: Labels<Name>) => Child;
  readonly #budget: SeriesBudget;
  readonly #samplesEach: number;
  readonly #overflow: () => void;
  readonly #byLabels = new WeakMap<Labels<Name>, Series<Child>>();
  readonly #byKey = new Map<string, Series<Child>>();

  constructor(options: {
    readonly names: readonly Name[];
    readonly create: (labels: Labels<Name>) => Child;
    readonly budget: SeriesBudget;
    /** Lines of exposition text that one series takes. */
    readonly samplesEach: number;
    /** Told of each value that finds no room. */
    readonly overflow: () => void;
  }) {
    this.#names = options.names;
    this.#create = options.create;
    this.#budget = options.budget;
    this.#samplesEach = options.samplesEach;
    this.#overflow = options.overflow;
  }

  /** Undefined when these labels are new and the budget is used up. */
  child(labels: Labels<Name>): Child | undefined {
    const known = this.#byLabels.get(labels);
    if (known?.live) return known.child;
    const series = this.#byKey.get(this.#key(labels)) ?? this.#add(labels);
    if (series !== undefined) this.#byLabels.set(labels, series);
    return series?.child;
  }

  /** Forgets a series; true when there was one. */
  remove(labels: Labels<Name>): boolean {
    const series = this.#byKey.get(this.#key(labels));
    if (series === undefined) return false;
    series.live = false;
    this.#byKey.delete(series.key);
    this.#budget.giveBack(this.#samplesEach);
    return true;
  }

  #add(labels: Labels<Name>): Series<Child> | undefined {
    if (!this.#budget.take(this.#samplesEach)) {
      this.#overflow();
      return undefined;
    }
    const series = { child: this.#create(labels), key: this.#key(labels), live: true };
    this.#byKey.set(series.key, series);
    return series;
  }

  #key(labels: Labels<Name>): string {
    return JSON.stringify(this.#names.map((name) => labels[name]));
  }
}
