import { err, ok, type Result } from '../core/index.ts';
import { readFamilies } from './metric-family.ts';

/** A gauge that a person reads has a handful. */
const MAX_READINGS = 32;

/**
 * What one gauge of prom-client's JSON says for each value of its label `label`. It may come from a sidecar: what is
 * odd about it is the error.
 */
export function readGauge(
  json: unknown,
  name: string,
  label: string,
): Result<Readonly<Record<string, number>>, string> {
  const families = readFamilies(json);
  if (!families.ok) return families;
  const family = families.value.find((each) => each.name === name);
  if (family?.type !== 'gauge') return err(`it has no gauge '${name}'`);
  if (family.samples.length > MAX_READINGS) return err(`'${name}' has too many values`);
  const odd = family.samples.find(({ value }) => !Number.isFinite(value));
  if (odd !== undefined) return err(`'${name}' has a value that is not finite`);
  return ok(
    Object.fromEntries(family.samples.map(({ labels, value }) => [labels[label] ?? '', value])),
  );
}
