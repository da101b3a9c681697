import { MAX_RUMOURS } from './limits.ts';
import type { Statement } from './message.ts';
import type { Handle } from './roster.ts';

const NONE: readonly Statement[] = [];

/**
 * Statements to be passed on: those that were sent least often first, of these the newest. What has been
 * overtaken by later news is let go when its turn comes.
 */
export class Rumours {
  readonly #isCurrent: (statement: Statement) => boolean;
  /** By how often they were sent. */
  readonly #waiting: Statement[][] = [];
  #size = 0;

  constructor(isCurrent: (statement: Statement) => boolean) {
    this.#isCurrent = isCurrent;
  }

  get size(): number {
    return this.#size;
  }

  add(statement: Statement): void {
    if (this.#size >= MAX_RUMOURS) this.#letGo();
    this.#put(statement, 0);
  }

  /** At most `count`, for one datagram; each is given out `maxSends` times. */
  take(count: number, maxSends: number): readonly Statement[] {
    if (this.#size === 0) return NONE;
    const taken: Statement[] = [];
    const sends: number[] = [];
    for (let sent = 0; sent < this.#waiting.length; sent++) {
      const waiting = this.#waiting[sent] ?? [];
      while (taken.length < count) {
        const statement = waiting.pop();
        if (statement === undefined) break;
        this.#size -= 1;
        if (sent >= maxSends || !this.#isCurrent(statement)) continue;
        taken.push(statement);
        sends.push(sent + 1);
      }
    }
    for (const [i, statement] of taken.entries()) {
      const sent = sends[i] ?? maxSends;
      if (sent < maxSends) this.#put(statement, sent);
    }
    return taken;
  }

  /** What {@link take} would give, which does not count as sent: so whoever asks for it takes it from nobody. */
  look(count: number): readonly Statement[] {
    if (this.#size === 0) return NONE;
    const seen: Statement[] = [];
    for (const waiting of this.#waiting) {
      for (let at = waiting.length - 1; at >= 0 && seen.length < count; at--) {
        const statement = waiting[at];
        if (statement !== undefined && this.#isCurrent(statement)) seen.push(statement);
      }
    }
    return seen;
  }

  /** What it says, and what is said of it, is told no more. */
  forget(member: Handle): void {
    for (const [sent, waiting] of this.#waiting.entries()) {
      const kept = waiting.filter((statement) => !concerns(statement, member));
      this.#size -= waiting.length - kept.length;
      this.#waiting[sent] = kept;
    }
  }

  #put(statement: Statement, sent: number): void {
    while (this.#waiting.length <= sent) this.#waiting.push([]);
    this.#waiting[sent]?.push(statement);
    this.#size += 1;
  }

  #letGo(): void {
    for (let sent = this.#waiting.length - 1; sent >= 0; sent--) {
      if (this.#waiting[sent]?.shift() === undefined) continue;
      this.#size -= 1;
      return;
    }
  }
}

const concerns = (statement: Statement, member: Handle): boolean =>
  statement.subject === member ||
  (statement.about === 'accusation' && statement.accuser === member);
