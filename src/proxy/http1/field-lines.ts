import type { Field } from '../http/field.ts';
import { isSecretName } from '../http/secret-name.ts';
import { KNOWN_LINE_CHARS, KNOWN_LINES } from '../limits.ts';
import { fieldOf } from './field-line.ts';

/** Mostly new each time: kept, they would only push out what comes again. */
const PASSING_NAME = /-id$|^etag$|^if-|^last-modified$|^trace/;

/** A line that came before, with its end. */
interface KnownLine {
  readonly text: string;
  readonly field: Field;
  /** What followed it the last time. */
  next: KnownLine | undefined;
}

/**
 * Reads the lines of heads. Most have been there before, and mostly behind the same line: one that is where it
 * is expected is compared, any other is looked up, and only a new one is read. The same line is the same field.
 */
export class FieldLines {
  readonly #known = new Map<string, KnownLine>();
  #first: KnownLine | undefined;
  #before: KnownLine | undefined;
  /** Where the line that was read last ends. */
  end = 0;

  /** The field in the head's first line, which begins at `at`; undefined: it is none. */
  first(head: string, at: number): Field | undefined {
    this.#before = undefined;
    return this.next(head, at);
  }

  /** The field in the line behind the one that was read last. */
  next(head: string, at: number): Field | undefined {
    const before = this.#before;
    const expected = before === undefined ? this.#first : before.next;
    if (expected !== undefined && head.startsWith(expected.text, at)) {
      this.#before = expected;
      this.end = at + expected.text.length;
      return expected.field;
    }
    this.end = head.indexOf('\r\n', at) + 2;
    const known = this.#known.get(head.slice(at, this.end));
    if (known === undefined) return this.#learn(head.slice(at, this.end));
    if (before === undefined) this.#first = known;
    else before.next = known;
    this.#before = known;
    return known.field;
  }

  /** A new line says nothing about what follows: the one before it still does. */
  #learn(line: string): Field | undefined {
    // A string of its own: a part of the head's would keep all of the head in memory.
    const text = Buffer.from(line, 'latin1').toString('latin1');
    const field = fieldOf(text.slice(0, -2));
    if (field === undefined) return undefined;
    const { name } = field;
    if (text.length > KNOWN_LINE_CHARS || PASSING_NAME.test(name) || isSecretName(name)) {
      return field;
    }
    if (this.#known.size >= KNOWN_LINES) this.#forget();
    this.#known.set(text, { text, field, next: undefined });
    return field;
  }

  #forget(): void {
    this.#known.clear();
    this.#first = undefined;
    this.#before = undefined;
  }
}
