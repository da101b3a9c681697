import { type MetricFamily, readFamilies, type Sample } from './metric-family.ts';

/** What one sidecar answered when it was asked for its metrics. */
export interface WorkloadMetrics {
  /** Unique among the node's sidecars, and chosen by the node: becomes the label `workload`. */
  readonly workload: string;
  readonly metrics: unknown;
}

export interface Exposition {
  /** Prometheus text format, version 0.0.4. */
  readonly text: string;
  /** Sidecars whose metrics are left out, and why. */
  readonly refused: readonly { readonly workload: string; readonly reason: string }[];
}

export const EXPOSITION_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Puts sidecars' metrics beside a node's own, each under its workload's name. */
export function mergeMetrics(
  own: readonly MetricFamily[],
  workloads: readonly WorkloadMetrics[],
): Exposition {
  const merged = new Map(own.map((family) => [family.name, family]));
  const refused: { workload: string; reason: string }[] = [];
  const seen = new Set<string>();
  for (const { workload, metrics } of workloads) {
    const reason = seen.has(workload)
      ? 'another sidecar goes by this name'
      : addWorkload(merged, workload, metrics);
    seen.add(workload);
    if (reason !== undefined) refused.push({ workload, reason });
  }
  return { text: [...merged.values()].map(familyText).join(''), refused };
}

/** Adds all of a workload's families, or none: then the answer says why. */
function addWorkload(
  merged: Map<string, MetricFamily>,
  workload: string,
  metrics: unknown,
): string | undefined {
  const families = readFamilies(metrics);
  if (!families.ok) return families.error;
  const odd = families.value.find(({ name, type }) => (merged.get(name)?.type ?? type) !== type);
  if (odd !== undefined) return `'${odd.name}' is a ${odd.type} here and not elsewhere`;
  for (const family of families.value) {
    const samples = family.samples.map((sample) => ({
      ...sample,
      labels: { ...sample.labels, workload },
    }));
    const known = merged.get(family.name);
    merged.set(family.name, {
      ...(known ?? family),
      samples: [...(known?.samples ?? []), ...samples],
    });
  }
  return undefined;
}

const familyText = ({ name, help, type, samples }: MetricFamily): string =>
  [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
    `# TYPE ${name} ${type}\n`,
    ...samples.map(sampleText),
  ].join('');

function sampleText({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
  const written = Number.isFinite(value) ? value : value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${written}\n`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
