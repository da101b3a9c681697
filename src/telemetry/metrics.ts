// Parts of the package: the whole brings collectors that are not used here, and 4 MB for each sidecar.
import Registry from 'prom-client/lib/registry.js';
import type { Meter } from '../ports/index.ts';
import { TelemetryError } from './errors.ts';
import { type Exposition, mergeMetrics, type WorkloadMetrics } from './exposition.ts';
import { createMeter } from './meter.ts';
import { readFamilies } from './metric-family.ts';

/** The metrics of one process. */
export interface Metrics {
  readonly meter: Meter;
  /** All of them as plain data: what a sidecar hands to its node. */
  json(): Promise<unknown>;
  /** All of them as text for Prometheus, with those of the given sidecars. */
  exposition(workloads?: readonly WorkloadMetrics[]): Promise<Exposition>;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const meter = createMeter(registry);
  const json = (): Promise<unknown> => registry.getMetricsAsJSON();
  return {
    meter,
    json,
    async exposition(workloads = []) {
      const own = readFamilies(await json());
      if (!own.ok) throw new TelemetryError('METRICS_UNREADABLE', `our own metrics: ${own.error}`);
      return mergeMetrics(own.value, workloads);
    },
  };
}
