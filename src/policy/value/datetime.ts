import { sameKey } from './equality.ts';
import { type Fault, faults } from './fault.ts';
import type { Long } from './long.ts';
import type { Composite } from './value.ts';

export const DAY_MS = 86_400_000;

/** An instant, in milliseconds since 1970-01-01T00:00:00Z without leap seconds (RFC 80 of Cedar). */
export class Datetime {
  /** Changed only by who made it for one place, such as the time of a request, and between two evaluations. */
  epochMs: Long;

  constructor(epochMs: Long) {
    this.epochMs = epochMs;
  }

  get key(): string {
    return `#datetime ${this.epochMs}`;
  }

  equals(other: Composite): boolean {
    return sameKey(this, other);
  }
}

const PATTERN =
  /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{3}))?(?:Z|([+-])(\d\d)(\d\d)))?$/;

/** `YYYY-MM-DD`, or that and `Thh:mm:ss[.SSS]` with `Z` or `±hhmm`. */
export function parseDatetime(text: string): Datetime | Fault {
  const match = PATTERN.exec(text);
  if (match === null) return faults.datetime;
  const part = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const [offsetHour, offsetMinute] = [part(9), part(10)];
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return faults.datetime;
  if (hour > 23 || minute > 59 || second > 59) return faults.datetime;
  if (offsetHour > 23 || offsetMinute > 59) return faults.datetime;
  const offset = (offsetHour * 60 + offsetMinute) * (match[8] === '-' ? -1 : 1);
  const minutes = hour * 60 + minute - offset;
  return new Datetime(
    daysBefore(year, month, day) * DAY_MS + (minutes * 60 + second) * 1000 + part(7),
  );
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;

/**
 * Days from 1970-01-01 to a day of the proleptic Gregorian calendar, year 0 included, which
 * `Date.UTC` takes for 1900 (Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
 */
function daysBefore(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}
