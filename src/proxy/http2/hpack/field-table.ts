import type { Field } from '../../http/field.ts';
import { NO_FIELD } from './static-table.ts';

/** What every table holds at the start of a connection, bytes (RFC 9113 section 6.5.2). */
export const DEFAULT_TABLE_BYTES = 4096;

/** No field weighs less (RFC 7541 section 4.1). */
const MIN_FIELD_BYTES = 32;

/**
 * The dynamic table of one direction of a connection (RFC 7541 section 2.3.2). A field keeps the number it got
 * when it was added, one more than the field before it, beginning with 1; those from `oldest` to `next - 1` are held.
 */
export class FieldTable {
  oldest = 1;
  next = 1;
  /** What it may hold, bytes by the fields' `size`. */
  maxBytes: number;
  #bytes = 0;
  readonly #slots: Field[];
  readonly #mask: number;

  /** `limitBytes`: `maxBytes` never rises above this. */
  constructor(limitBytes: number) {
    let slots = 1;
    while (slots * MIN_FIELD_BYTES < limitBytes) slots *= 2;
    this.#slots = new Array<Field>(slots).fill(NO_FIELD);
    this.#mask = slots - 1;
    this.maxBytes = Math.min(limitBytes, DEFAULT_TABLE_BYTES);
  }

  /** A power of two, and at least as many as there can be fields. */
  get slots(): number {
    return this.#slots.length;
  }

  /** `number` must be held. */
  at(number: number): Field {
    return this.#slots[number & this.#mask] ?? NO_FIELD;
  }

  /** A field that is larger than the whole table empties it and is not held (RFC 7541 section 4.4). */
  add(field: Field): void {
    this.#evict(this.maxBytes - field.size);
    if (field.size > this.maxBytes) return;
    this.#slots[this.next++ & this.#mask] = field;
    this.#bytes += field.size;
  }

  /** What no longer fits leaves, oldest first (RFC 7541 section 4.3). */
  resize(maxBytes: number): void {
    this.maxBytes = maxBytes;
    this.#evict(maxBytes);
  }

  clear(): void {
    this.#evict(0);
  }

  #evict(toBytes: number): void {
    while (this.#bytes > toBytes && this.oldest < this.next) {
      const slot = this.oldest++ & this.#mask;
      this.#bytes -= (this.#slots[slot] ?? NO_FIELD).size;
      // A slot that waits for its next field holds no memory of the last one.
      this.#slots[slot] = NO_FIELD;
    }
  }
}
