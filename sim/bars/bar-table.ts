import { bytesText, countText, type Paint, timeText } from '../report/index.ts';
import type { Bar, Measured } from './bar.ts';

export type Verdict = 'stretch' | 'bar' | 'MISSED';

/** Which aim a figure reaches. */
export function verdictOf(
  { bar, stretch, atLeast, needs }: Bar,
  { value, basis }: Measured,
): Verdict {
  if (needs !== undefined && (basis ?? 0) < needs.least) return 'MISSED';
  const reaches = (aim: number): boolean => (atLeast === true ? value >= aim : value <= aim);
  if (reaches(stretch)) return 'stretch';
  return reaches(bar) ? 'bar' : 'MISSED';
}

/** What it is, what was measured, and what it should be: one line. */
export function barLine(name: string, bar: Bar, measured: Measured, paint: Paint): string {
  const verdict = verdictOf(bar, measured);
  const coloured = (verdict === 'MISSED' ? paint.bad : paint.good)(verdict.padEnd(8));
  const aims = `bar ${shown(bar, bar.bar)}, stretch ${shown(bar, bar.stretch)}`;
  const basis =
    bar.needs === undefined
      ? ''
      : `; ${countText(measured.basis ?? 0)} ${bar.needs.what}, of ${bar.needs.least} at least`;
  return [
    `  ${coloured} ${name.padEnd(9)}`,
    shown(bar, measured.value).padStart(9),
    `  ${bar.what} ${paint.dim(`(${aims}${basis})`)}`,
  ].join('');
}

function shown({ unit }: Bar, value: number): string {
  if (Number.isNaN(value)) return 'never';
  if (unit === 'ms') return timeText(value);
  if (unit === 'bytes') return bytesText(value);
  if (unit === 'bytes a second') return `${bytesText(value)}/s`;
  return unit === 'times' ? `${countText(Math.round(value))}×` : countText(value);
}
