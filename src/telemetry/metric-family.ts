import { err, ok, type Result } from '../core/index.ts';
import { MAX_SAMPLES } from './meter.ts';

/** One metric with all its series, as Prometheus exposes it. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** The family's name; of a histogram with `_bucket`, `_sum` or `_count` behind it. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What one process may hand over: it holds MAX_SAMPLES itself, and its overflow counters beside them. */
export const MAX_FAMILY_SAMPLES = MAX_SAMPLES + 256;
const LIMITS = { families: 256, samples: MAX_FAMILY_SAMPLES, labels: 16, textLength: 512 } as const;

/** The names of this project's metrics only: a sidecar must not pass for another exporter. */
const METRIC_NAME = /^selvage_[a-z0-9_]{1,120}$/;
const LABEL_NAME = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Reads prom-client's JSON (`registry.getMetricsAsJSON()`). It may come from a sidecar, which is not trusted
 * with the node's memory nor with the text that the node exposes: anything odd refuses the whole.
 */
export function readFamilies(json: unknown): Result<MetricFamily[], string> {
  if (!Array.isArray(json) || json.length > LIMITS.families) {
    return err(`not a list of at most ${LIMITS.families} metrics`);
  }
  const families: MetricFamily[] = [];
  const names = new Set<string>();
  let samples = 0;
  for (const item of json) {
    const family = readFamily(item);
    if (!family.ok) return family;
    if (names.has(family.value.name)) return err(`'${family.value.name}' twice`);
    names.add(family.value.name);
    samples += family.value.samples.length;
    if (samples > LIMITS.samples) return err(`more than ${LIMITS.samples} samples`);
    families.push(family.value);
  }
  return ok(families);
}

function readFamily(item: unknown): Result<MetricFamily, string> {
  if (!isRecord(item)) return err('a metric is no object');
  const { name, help, type, values } = item;
  if (typeof name !== 'string' || !METRIC_NAME.test(name)) return err('a name that is not ours');
  if (!isText(help)) return err(`'${name}' has no help of at most ${LIMITS.textLength} characters`);
  if (type !== 'counter' && type !== 'gauge' && type !== 'histogram') {
    return err(`'${name}' is of no known type`);
  }
  if (!Array.isArray(values) || values.length > LIMITS.samples) {
    return err(`'${name}' has no list of at most ${LIMITS.samples} values`);
  }
  const sampleNames =
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
  const samples: Sample[] = [];
  const seen = new Set<string>();
  for (const value of values) {
    const sample = readSample(value, name, sampleNames);
    if (!sample.ok) return sample;
    const key = sampleKey(sample.value);
    if (seen.has(key)) return err(`'${name}' has a series twice`);
    seen.add(key);
    samples.push(sample.value);
  }
  return ok({ name, help, type, samples });
}

function readSample(
  item: unknown,
  family: string,
  names: readonly string[],
): Result<Sample, string> {
  if (!isRecord(item) || !isRecord(item.labels)) return err(`'${family}' has an odd value`);
  const { metricName = family, value, labels } = item;
  const name = names.find((known) => known === metricName);
  if (name === undefined) return err(`'${family}' has a value of another name`);
  if (typeof value !== 'number') return err(`'${family}' has a value that is no number`);
  const entries = Object.entries(labels);
  if (entries.length > LIMITS.labels) return err(`'${family}' has too many labels`);
  const read: [string, string][] = [];
  for (const [label, text] of entries) {
    const written = typeof text === 'number' ? String(text) : text; // bucket bounds are numbers
    if (!LABEL_NAME.test(label) || !isText(written)) return err(`'${family}' has an odd label`);
    read.push([label, written]);
  }
  return ok({ name, labels: Object.fromEntries(read), value });
}

/** Equal for two samples only if Prometheus takes them for one series. */
export const sampleKey = ({ name, labels }: Sample): string =>
  JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LIMITS.textLength;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
