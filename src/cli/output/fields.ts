import { wrapped } from './wrapped.ts';

/** Lines of `name  value`, the values aligned; those that are longer than `columns` go on below, with every word whole. */
export function fieldLines(
  fields: readonly (readonly [name: string, value: string])[],
  columns = Number.POSITIVE_INFINITY,
): string[] {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.flatMap(([name, value]) => wrapped(`${name.padEnd(width)}  ${value}`, columns));
}
