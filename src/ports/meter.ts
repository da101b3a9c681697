/**
 * Label values, one per declared label name. Values must come from closed sets or from the trust
 * repository, never from what a client sends: a label that a client chooses is a leak of memory.
 */
export type Labels<Name extends string> = Readonly<Record<Name, string>>;

export interface Counter<Name extends string> {
  add(labels: Labels<Name>, count?: number): void;
}

export interface Gauge<Name extends string> {
  set(labels: Labels<Name>, value: number): void;
  remove(labels: Labels<Name>): void;
}

export interface Histogram<Name extends string> {
  observe(labels: Labels<Name>, value: number): void;
}

export interface MetricSpec<Name extends string> {
  /** Prometheus name with its unit: `selvage_requests_total`, `selvage_request_duration_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Name[];
}

/** Where measured values go. Asking twice for one name gives the same metric. */
export interface Meter {
  counter<Name extends string>(spec: MetricSpec<Name>): Counter<Name>;
  gauge<Name extends string>(spec: MetricSpec<Name>): Gauge<Name>;
  histogram<Name extends string>(
    spec: MetricSpec<Name> & { readonly buckets: readonly number[] },
  ): Histogram<Name>;
}
