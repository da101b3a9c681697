import { InvalidArgumentError } from 'commander';

const MINUTES_PER_HOUR = 60;

/** Reads `HH:MM`, 00:00 to 24:00; minutes after midnight. */
export function parseClockOption(text: string): number {
  const minutes = minutesOf(/^(\d{2}):(\d{2})$/.exec(text));
  if (minutes !== undefined && minutes <= 24 * MINUTES_PER_HOUR) return minutes;
  throw new InvalidArgumentError(`write HH:MM, such as 08:30, and not '${text}'.`);
}

/** The clocks of the earth are at most this far from UTC. */
const MAX_OFFSET_HOURS = 14;

/** Reads `+HH:MM` or `-HH:MM`; minutes that the clock on the wall is ahead of UTC. */
export function parseOffsetOption(text: string): number {
  const minutes = minutesOf(/^[+-](\d{2}):(\d{2})$/.exec(text));
  if (minutes !== undefined && minutes <= MAX_OFFSET_HOURS * MINUTES_PER_HOUR) {
    return text.startsWith('-') ? -minutes : minutes;
  }
  throw new InvalidArgumentError(`write an offset from UTC, such as +01:00, and not '${text}'.`);
}

function minutesOf(match: RegExpExecArray | null): number | undefined {
  if (match === null) return undefined;
  const [, hours, minutes] = match;
  const rest = Number(minutes);
  return rest < MINUTES_PER_HOUR ? Number(hours) * MINUTES_PER_HOUR + rest : undefined;
}
