/** One figure, beside what it should be at least and what would be good. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** Lowest and highest of the rounds whose median the value is. */
  readonly spread?: readonly [number, number];
  readonly bar?: number;
  readonly stretch?: number;
}

export interface Bench {
  readonly about: string;
  run(): Promise<readonly Row[]>;
}

const HEADINGS = ['', 'measured', 'unit', 'rounds', 'bar', 'stretch', ''];

/** Rows as aligned text; the last column says which aim a figure reaches. */
export function table(rows: readonly Row[]): string {
  const lines = [
    HEADINGS,
    ...rows.map(({ what, value, unit, spread, bar, stretch }) => [
      what,
      shown(value),
      unit,
      spread === undefined ? '' : spread.map(shown).join('–'),
      bar === undefined ? '' : shown(bar),
      stretch === undefined ? '' : shown(stretch),
      reached(value, bar, stretch),
    ]),
  ];
  const widths = HEADINGS.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function reached(value: number, bar?: number, stretch?: number): string {
  if (stretch !== undefined && value <= stretch) return 'stretch';
  if (bar === undefined) return '';
  return value <= bar ? 'bar' : 'MISSED';
}

/** Three digits that count. */
const shown = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));

/** The value below which a share of these lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
