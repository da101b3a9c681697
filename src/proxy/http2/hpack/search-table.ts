import type { Field } from '../../http/field.ts';
import { FieldTable } from './field-table.ts';
import { NumberChains } from './number-chains.ts';

/** Characters of a value that are looked at: more would cost more than they tell. */
const SAMPLED_CHARS = 16;

function hashOfName(name: string): number {
  const last = name.length - 1;
  return (
    61 * last + 31 * name.charCodeAt(0) + 7 * name.charCodeAt(last >> 1) + name.charCodeAt(last)
  );
}

/** Tells fields apart, nearly always: 32 bits of the lengths and of characters spread over the value. */
export function fingerprint(field: Field): number {
  const { value } = field;
  const step = Math.floor(value.length / SAMPLED_CHARS) + 1;
  let hash = hashOfName(field.name);
  for (let at = value.length - 1; at >= 0; at -= step) {
    hash = (Math.imul(hash, 31) + value.charCodeAt(at)) | 0;
  }
  return hash;
}

/** An encoder's dynamic table, which can be asked where a field is. */
export class SearchTable extends FieldTable {
  readonly #byField: NumberChains;
  readonly #byName: NumberChains;

  constructor(limitBytes: number) {
    super(limitBytes);
    this.#byField = new NumberChains(this.slots);
    this.#byName = new NumberChains(this.slots);
  }

  /** The number of the field with this name and value; 0 when there is none. */
  find(field: Field, print: number): number {
    let number = this.#byField.newest(print);
    while (number >= this.oldest) {
      const held = this.at(number);
      if (held.value === field.value && held.name === field.name) return number;
      number = this.#byField.olderThan(number);
    }
    return 0;
  }

  /** The newest number of a field with this name; 0 when there is none. */
  findName(name: string): number {
    let number = this.#byName.newest(hashOfName(name));
    while (number >= this.oldest) {
      if (this.at(number).name === name) return number;
      number = this.#byName.olderThan(number);
    }
    return 0;
  }

  /** Holds a field, which must not be larger than the table, so that it is found by its `fingerprint`. */
  hold(field: Field, print: number): void {
    const number = this.next;
    this.add(field);
    this.#byField.link(print, number);
    this.#byName.link(hashOfName(field.name), number);
  }
}
