import { sameKey } from './equality.ts';
import { type Fault, faults } from './fault.ts';
import { type Long, longOf } from './long.ts';
import type { Composite } from './value.ts';

/** A span of time, in milliseconds (RFC 80 of Cedar). */
export class Duration {
  readonly ms: Long;

  constructor(ms: Long) {
    this.ms = ms;
  }

  get key(): string {
    return `#duration ${this.ms}`;
  }

  equals(other: Composite): boolean {
    return sameKey(this, other);
  }
}

const PATTERN = /^(-?)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
/** Of the pattern's groups, in their order. */
const UNITS_MS = [86_400_000n, 3_600_000n, 60_000n, 1_000n, 1n];

/** `-1d2h3m4s5ms`: every unit at most once, in this order, one of them at least. */
export function parseDuration(text: string): Duration | Fault {
  const match = PATTERN.exec(text);
  if (match === null) return faults.duration;
  const [, sign, ...counts] = match;
  if (counts.every((count) => count === undefined)) return faults.duration;
  const size = UNITS_MS.reduce((sum, unit, index) => sum + unit * BigInt(counts[index] ?? 0), 0n);
  const ms = longOf(sign === '-' ? -size : size);
  return typeof ms === 'object' ? faults.duration : new Duration(ms);
}
