import type { Field } from '../../http/field.ts';
import { DEFAULT_TABLE_BYTES } from './field-table.ts';
import { nameEntryOf } from './name-table.ts';
import { fingerprint, SearchTable } from './search-table.ts';
import { STATIC_ENTRIES, STATIC_FIELDS, STATIC_TABLE_ID } from './static-table.ts';
import { writeInteger, writeLiteral } from './wire.ts';

/** RFC 7541 section 6: the first bits of each representation, and the mask of the integer after them. */
const INDEXED = 0x80;
const INDEXED_MASK = 0x7f;
const ADDED = 0x40;
const ADDED_MASK = 0x3f;
const TABLE_SIZE = 0x20;
const TABLE_SIZE_MASK = 0x1f;
const NEVER_INDEXED = 0x10;
const NOT_INDEXED = 0x00;
const LITERAL_MASK = 0x0f;

/** `begin` writes no more: two table sizes. A field takes no more than its `size`. */
export const BLOCK_START_BYTES = 6;

/** How many fields that are in no table are remembered, for the moment when they come again. */
const REMEMBERED = 128;

let encoders = 0;

/** The index of a field in the static table, looked for from the first one of its name on; 0 when it is not there. */
function indexFrom(first: number, field: Field): number {
  for (let index = first; STATIC_FIELDS[index]?.name === field.name; index++) {
    if (STATIC_FIELDS[index]?.value === field.value) return index;
  }
  return 0;
}

/**
 * Writes the field blocks of one direction of a connection (RFC 7541). Where it put a field is written on the
 * field, so one that comes again costs a comparison. A value enters the table when it comes the second time,
 * or with the first use of its name; strings are not Huffman coded, which would cost more time than the octets are worth.
 */
export class HpackEncoder {
  readonly #id = ++encoders;
  readonly #table = new SearchTable(DEFAULT_TABLE_BYTES);
  readonly #seen = new Int32Array(REMEMBERED);
  /** The smallest table since the last block, bytes; infinite when it did not change. */
  #smallestBytes = Number.POSITIVE_INFINITY;

  /** The peer's SETTINGS_HEADER_TABLE_SIZE, as soon as it is heard: obeyed from the next block on. */
  limitTable(bytes: number): void {
    const maxBytes = Math.min(bytes, DEFAULT_TABLE_BYTES);
    if (maxBytes === this.#table.maxBytes) return;
    this.#smallestBytes = Math.min(this.#smallestBytes, maxBytes);
    this.#table.resize(maxBytes);
  }

  /** Begins a block at `at` with what must come before its fields; returns where they go. */
  begin(into: Buffer, at: number): number {
    if (this.#smallestBytes === Number.POSITIVE_INFINITY) return at;
    const { maxBytes } = this.#table;
    let end = at;
    // RFC 7541 section 4.2: the smallest size that it had in between, then the last.
    if (this.#smallestBytes < maxBytes) {
      end = writeInteger(into, end, TABLE_SIZE, TABLE_SIZE_MASK, this.#smallestBytes);
    }
    this.#smallestBytes = Number.POSITIVE_INFINITY;
    return writeInteger(into, end, TABLE_SIZE, TABLE_SIZE_MASK, maxBytes);
  }

  /** Writes one field at `at`, where `field.size` octets must be free; returns where it ends. */
  put(field: Field, into: Buffer, at: number): number {
    if (field.encoderId === STATIC_TABLE_ID) {
      return writeInteger(into, at, INDEXED, INDEXED_MASK, field.encoderIndex);
    }
    if (field.encoderId === this.#id && field.encoderIndex >= this.#table.oldest) {
      return writeInteger(into, at, INDEXED, INDEXED_MASK, this.#indexOf(field.encoderIndex));
    }
    return this.#search(field, into, at);
  }

  #indexOf(number: number): number {
    return STATIC_ENTRIES + this.#table.next - number;
  }

  /** Writes a field that bears no hint for this encoder. */
  #search(field: Field, into: Buffer, at: number): number {
    const { staticIndex, indexing } = nameEntryOf(field.name);
    if (field.secret || indexing === 'secret') {
      return writeLiteral(into, at, NEVER_INDEXED, LITERAL_MASK, staticIndex, field);
    }
    const index = indexFrom(staticIndex, field);
    if (index !== 0) return this.#indexed(field, STATIC_TABLE_ID, index, into, at);

    const nameIndex = staticIndex === 0 ? this.#nameIndex(field.name) : staticIndex;
    if (nameIndex !== 0 && indexing === 'passing') {
      return writeLiteral(into, at, NOT_INDEXED, LITERAL_MASK, nameIndex, field);
    }
    const print = fingerprint(field);
    const number = this.#table.find(field, print);
    if (number !== 0) return this.#indexed(field, this.#id, number, into, at);
    if (!this.#isKept(field, nameIndex, print)) {
      return writeLiteral(into, at, NOT_INDEXED, LITERAL_MASK, nameIndex, field);
    }
    field.encoderId = this.#id;
    field.encoderIndex = this.#table.next;
    this.#table.hold(field, print);
    return writeLiteral(into, at, ADDED, ADDED_MASK, nameIndex, field);
  }

  #nameIndex(name: string): number {
    const number = this.#table.findName(name);
    return number === 0 ? 0 : this.#indexOf(number);
  }

  /** Notes on the field where it is, and writes that. */
  #indexed(field: Field, tableId: number, number: number, into: Buffer, at: number): number {
    field.encoderId = tableId;
    field.encoderIndex = number;
    return this.put(field, into, at);
  }

  /** Whether a field goes into the table; where `nameIndex` is 0 the name does, for which the value comes along. */
  #isKept(field: Field, nameIndex: number, print: number): boolean {
    if (field.size > this.#table.maxBytes >> 1) return false;
    if (nameIndex === 0) return true;
    const slot = print & (REMEMBERED - 1);
    if (this.#seen[slot] === print) return true;
    this.#seen[slot] = print;
    return false;
  }
}
