import { ok, type Result } from '../core/index.ts';
import {
  MAX_FAMILY_SAMPLES,
  type MetricFamily,
  readFamilies,
  type Sample,
  sampleKey,
} from './metric-family.ts';

/**
 * The metrics of several processes, added up as if they were one's: the processes come and go, and a counter
 * never falls. A series of one process is added to the series of the others that has the same labels.
 */
export class SummedMetrics {
  readonly #sources = new Map<string, readonly MetricFamily[]>();
  /** What was counted by those that are gone. */
  #past: readonly MetricFamily[] = [];

  /** Takes prom-client's JSON in place of what `source` gave before; an error says what is odd about it. */
  update(source: string, json: unknown): Result<void, string> {
    const families = readFamilies(json);
    if (!families.ok) return families;
    this.#sources.set(source, families.value);
    return ok(undefined);
  }

  /** The process is gone. What it counted stays, up to its last word; what it held is held no more. */
  forget(source: string): void {
    const families = this.#sources.get(source) ?? [];
    this.#sources.delete(source);
    this.#past = sum([this.#past, families.filter(({ type }) => type !== 'gauge')]);
  }

  /** prom-client's JSON. */
  json(): unknown {
    return sum([...this.#sources.values(), this.#past]).map(({ samples, ...family }) => ({
      ...family,
      values: samples.map(({ name, labels, value }) => ({ metricName: name, labels, value })),
    }));
  }
}

/** Series for which there is no room in what one process may say are left out. */
function sum(parts: readonly (readonly MetricFamily[])[]): MetricFamily[] {
  const added = new Map<string, { family: MetricFamily; samples: Map<string, Sample> }>();
  let left = MAX_FAMILY_SAMPLES;
  for (const family of parts.flat()) {
    const known = added.get(family.name) ?? { family, samples: new Map<string, Sample>() };
    added.set(family.name, known);
    for (const sample of family.samples) {
      const key = sampleKey(sample);
      const before = known.samples.get(key);
      if (before === undefined && left-- <= 0) continue;
      known.samples.set(key, { ...sample, value: sample.value + (before?.value ?? 0) });
    }
  }
  return [...added.values()].map(({ family, samples }) => ({
    ...family,
    samples: [...samples.values()],
  }));
}
