import { Lru } from '../core/index.ts';
import type { Clock, Log, LogFields } from '../ports/index.ts';

/** Lines of one kind that are written in a second. Enough to see what happens, too few to fill a disk. */
export const LINES_PER_SECOND = 5;
/** Longest text of a field that is written whole, characters: it may be of a stranger's making. */
export const FIELD_CHARACTERS = 2_048;
const SECOND_MS = 1_000;
/** For how long a line that was written is not written again, milliseconds: who is refused asks again within seconds. */
const EQUAL_MS = 60_000;
/** Lines that are known to have been written; of more, the oldest may be written again. */
const MAX_KNOWN_LINES = 256;

interface Kind {
  written: number;
  leftOut: number;
}

/**
 * For lines that a stranger can cause as often as it likes: of each kind the first few in a second are
 * written, none of them longer than it may be, and at the end of that second one line that says how many were not.
 */
export class LimitedLog {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();
  /** When each was written, by the monotonic clock. */
  readonly #lines = new Lru<string, number>(MAX_KNOWN_LINES);

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** `reason` is one of a closed set: with `message` it makes the kind. */
  info(message: string, reason: string, fields: LogFields): void {
    if (this.#mayWrite(message, reason)) this.#log.info(message, { ...shortened(fields), reason });
  }

  warn(message: string, reason: string, fields: LogFields): void {
    if (this.#mayWrite(message, reason)) this.#log.warn(message, { ...shortened(fields), reason });
  }

  error(message: string, reason: string, fields: LogFields): void {
    if (this.#mayWrite(message, reason)) this.#log.error(message, { ...shortened(fields), reason });
  }

  /** As {@link warn}, and of equal lines only the first in a minute: for what is asked again and again. */
  warnOnce(message: string, reason: string, fields: LogFields): void {
    const short = shortened(fields);
    const line = JSON.stringify([message, reason, short]);
    const [now, writtenAt] = [this.#clock.monotonic(), this.#lines.get(line)];
    if (writtenAt !== undefined && now - writtenAt < EQUAL_MS) return;
    if (!this.#mayWrite(message, reason)) return;
    this.#lines.set(line, now);
    this.#log.warn(message, { ...short, reason });
  }

  #mayWrite(message: string, reason: string): boolean {
    const key = `${message}: ${reason}`;
    const kind = this.#kinds.get(key);
    if (kind === undefined) {
      this.#kinds.set(key, { written: 1, leftOut: 0 });
      this.#clock.after(SECOND_MS, () => this.#sumUp(key, message, reason));
      return true;
    }
    if (kind.written < LINES_PER_SECOND) {
      kind.written += 1;
      return true;
    }
    kind.leftOut += 1;
    return false;
  }

  #sumUp(key: string, line: string, reason: string): void {
    const leftOut = this.#kinds.get(key)?.leftOut ?? 0;
    this.#kinds.delete(key);
    if (leftOut > 0) this.#log.warn('left lines out', { line, reason, leftOut });
  }
}

const shortened = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const isLong = typeof value === 'string' && value.length > FIELD_CHARACTERS;
      return [name, isLong ? `${value.slice(0, FIELD_CHARACTERS)}…` : value];
    }),
  );
