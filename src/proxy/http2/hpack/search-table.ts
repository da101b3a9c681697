import type { Field } from '../../http/field.ts';
import { FieldTable } from './field-table.ts';

const CHAINS = 256;

/** Which chain a name is in: cheap, and enough to tell the names of one connection apart. */
function chainOf(name: string): number {
  const last = name.length - 1;
  return (
    (name.charCodeAt(last) + 7 * name.charCodeAt(last >> 1) + 31 * name.charCodeAt(0) + 61 * last) &
    (CHAINS - 1)
  );
}

/**
 * An encoder's dynamic table, which can be asked where a field is. The fields whose names share a chain are
 * linked by their numbers, newest first. What was evicted needs no unlinking: its number is below `oldest`,
 * and so are all after it.
 */
export class SearchTable extends FieldTable {
  /** The newest field of the name that was last looked for; 0 when there is none. */
  named = 0;
  /** The newest number of each chain, and for each slot of the table the next older one. */
  readonly #newest = new Float64Array(CHAINS);
  readonly #older: Float64Array;

  constructor(limitBytes: number) {
    super(limitBytes);
    this.#older = new Float64Array(this.slots);
  }

  /** The number of the field with this name and value; 0 when there is none. Sets `named`. */
  find(field: Field): number {
    this.named = 0;
    let number = this.#newest[chainOf(field.name)] ?? 0;
    while (number >= this.oldest) {
      const held = this.at(number);
      if (held.name === field.name) {
        if (held.value === field.value) return number;
        if (this.named === 0) this.named = number;
      }
      number = this.#older[number & (this.slots - 1)] ?? 0;
    }
    return 0;
  }

  override add(field: Field): void {
    const number = this.next;
    super.add(field);
    if (this.next === number) return;
    const chain = chainOf(field.name);
    this.#older[number & (this.slots - 1)] = this.#newest[chain] ?? 0;
    this.#newest[chain] = number;
  }
}
