import { err, ok, type Result } from './result.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Parses `250ms`, `30s`, `5m`, `1h`, `7d` into milliseconds. One number and one unit: sums such as
 * `1h30m` are refused, so that every duration has one spelling.
 */
export function parseDuration(text: string): Result<number, string> {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  const unit = match?.[2] === undefined ? undefined : UNIT_MS[match[2]];
  if (match?.[1] === undefined || unit === undefined) {
    return err(`'${text}' is no duration; write a number and a unit: 250ms, 30s, 5m, 1h, 7d`);
  }
  return ok(Number(match[1]) * unit);
}

/** The shortest exact spelling of `ms` that {@link parseDuration} reads back, rounded to 1 ms. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = UNIT_MS[unit] ?? 1;
    if (whole >= size && whole % size === 0) return `${whole / size}${unit}`;
  }
  return `${whole}ms`;
}

/** A span as a person reads it: the two largest units, `59m 12s`, `3d 4h`, `0s`. */
export function describeDuration(ms: number): string {
  let rest = Math.max(0, Math.floor(ms / 1_000)) * 1_000;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const size = UNIT_MS[unit] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0 && parts.length < 2) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return parts.length === 0 ? '0s' : parts.join(' ');
}
