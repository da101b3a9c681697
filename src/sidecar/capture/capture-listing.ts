import type { Captured } from './captured.ts';

/** One capture that is in force, as the kernel has it. */
export interface CaptureState {
  readonly whose: Captured;
  /** Where connections that go out are taken. */
  readonly outbound?: number;
  readonly inbound?: { readonly ports: readonly number[]; readonly listener: number };
  /** Connections since it began. */
  readonly taken: { readonly outbound: number; readonly inbound: number };
}

/** The tables of family inet in what `nft -j list tables` wrote. */
export const tablesOf = (text: string): string[] =>
  itemsOf(text).flatMap((item) => {
    const name = at(item, 'table', 'name');
    return at(item, 'table', 'family') === 'inet' && typeof name === 'string' ? [name] : [];
  });

/** What `nft -j list table` wrote of a table of ours. */
export function captureStateOf(whose: Captured, text: string): CaptureState {
  const items = itemsOf(text);
  const taken = (counter: string): number => {
    const found = items.find((item) => at(item, 'counter', 'name') === counter);
    return Number(at(found, 'counter', 'packets') ?? 0);
  };
  const expressions = (chain: string): unknown[] =>
    items
      .filter((item) => at(item, 'rule', 'chain') === chain)
      .flatMap((item) => arrayOf(at(item, 'rule', 'expr')));
  const outbound = redirectIn(expressions('captured'));
  const listener = redirectIn(expressions('inbound'));
  const ports = expressions('inbound').flatMap(destinationPortsIn);
  return {
    whose,
    ...(outbound === undefined ? {} : { outbound }),
    ...(listener === undefined ? {} : { inbound: { ports, listener } }),
    taken: { outbound: taken('outbound'), inbound: taken('inbound') },
  };
}

const itemsOf = (text: string): unknown[] => arrayOf(at(JSON.parse(text), 'nftables'));

function redirectIn(expressions: readonly unknown[]): number | undefined {
  const ports = expressions.map((expression) => at(expression, 'redirect', 'port'));
  return ports.find((port) => typeof port === 'number');
}

/** One port stands alone, several in a set. */
function destinationPortsIn(expression: unknown): number[] {
  if (at(expression, 'match', 'left', 'payload', 'field') !== 'dport') return [];
  const right = at(expression, 'match', 'right');
  const ports = typeof right === 'number' ? [right] : arrayOf(at(right, 'set'));
  return ports.filter((port) => typeof port === 'number');
}

const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce(
    // Any object can be looked into by name; what the name holds is looked at by who asks.
    (inner, name) =>
      typeof inner === 'object' ? (inner as Record<string, unknown> | null)?.[name] : undefined,
    value,
  );
