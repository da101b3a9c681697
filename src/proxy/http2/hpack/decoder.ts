import { Field } from '../../http/field.ts';
import { FIELD_LIST_BYTES, FIELD_LIST_FIELDS } from '../../limits.ts';
import { DEFAULT_TABLE_BYTES, FieldTable } from './field-table.ts';
import { decodeHuffman, HUFFMAN_MALFORMED, HUFFMAN_TOO_LONG } from './huffman.ts';
import type { HpackFault, HpackOutcome } from './outcome.ts';
import { NO_FIELD, STATIC_ENTRIES, STATIC_FIELDS } from './static-table.ts';

/** Takes the fields of a block in their order. */
export interface FieldSink {
  field(field: Field): void;
}

const MAX_INTEGER = 2 ** 31 - 1;
/** Of the fifth octet after the prefix, the last that is read. */
const MAX_INTEGER_SHIFT = 28;
/** What `#integer` returns after a fault. */
const NO_INTEGER = -1;

/** Where strings come out of Huffman coding. One that finds no room here is larger than a list may be. */
const plain = Buffer.allocUnsafeSlow(FIELD_LIST_BYTES);

/**
 * Reads the field blocks of one direction of a connection (RFC 7541). A field out of a table is the same object
 * each time. Only the compression is judged here; whether a name or value may stand in a message is for others.
 * What a block makes it hold is bounded while it is read: the table by its size, the fields by
 * `FIELD_LIST_FIELDS` and `FIELD_LIST_BYTES`, however few octets they were packed into.
 */
export class HpackDecoder {
  readonly #table: FieldTable;
  readonly #maxTableBytes: number;
  #fault: HpackFault | undefined;
  // The block that is being read, and what came out of it.
  #block: Buffer = plain;
  #at = 0;
  #to = 0;
  #fields = 0;
  #listBytes = 0;

  /**
   * `maxTableBytes`: SETTINGS_HEADER_TABLE_SIZE, as the peer knows it before its first block; at most
   * `FIELD_LIST_BYTES`. Where it is more than the default, the peer says when it makes use of it.
   */
  constructor(maxTableBytes = DEFAULT_TABLE_BYTES) {
    this.#table = new FieldTable(maxTableBytes);
    this.#maxTableBytes = maxTableBytes;
  }

  /**
   * Reads one whole block, `from` to `to` of `block`, and gives its fields to `sink`. `too-large`: more than a
   * message may hold; what came after that was read for the table's sake only. After a fault, every block
   * has this fault.
   */
  decode(block: Buffer, from: number, to: number, sink: FieldSink): HpackOutcome {
    this.#block = block;
    this.#at = from;
    this.#to = to;
    this.#fields = 0;
    this.#listBytes = 0;
    while (this.#at < to && this.#isTableSize()) this.#resizeTable();
    while (this.#at < to && this.#fault === undefined) this.#readField(sink);
    this.#block = plain;
    if (this.#fault !== undefined) return this.#fault;
    return this.#isTooLarge() ? 'too-large' : 'ok';
  }

  /** RFC 7541 section 6: the first bits of a field say how it is represented. */
  #readField(sink: FieldSink): void {
    const octet = this.#block[this.#at] ?? 0;
    if (octet >= 0x80) {
      const field = this.#fieldAt(this.#integer(0x7f));
      if (field !== NO_FIELD) this.#emit(field, sink);
    } else if (octet >= 0x40) {
      this.#literal(0x3f, true, false, sink);
    } else if (octet >= 0x20) {
      this.#fail('table-size');
    } else {
      this.#literal(0x0f, false, octet >= 0x10, sink);
    }
  }

  #literal(prefixMask: number, kept: boolean, secret: boolean, sink: FieldSink): void {
    const index = this.#integer(prefixMask);
    const name = index === 0 ? this.#string() : this.#fieldAt(index).name;
    const value = this.#string();
    if (this.#fault !== undefined) return;
    if (name === undefined || value === undefined) {
      // No list has room for it, and no table (RFC 7541 section 4.4).
      this.#listBytes = Number.POSITIVE_INFINITY;
      if (kept) this.#table.clear();
      return;
    }
    const field = new Field(name, value, secret);
    if (kept) this.#table.add(field);
    this.#emit(field, sink);
  }

  #emit(field: Field, sink: FieldSink): void {
    this.#fields += 1;
    this.#listBytes += field.size;
    if (!this.#isTooLarge()) sink.field(field);
  }

  #isTooLarge(): boolean {
    return this.#fields > FIELD_LIST_FIELDS || this.#listBytes > FIELD_LIST_BYTES;
  }

  #isTableSize(): boolean {
    return ((this.#block[this.#at] ?? 0) & 0xe0) === 0x20;
  }

  /** RFC 7541 section 6.3. */
  #resizeTable(): void {
    const bytes = this.#integer(0x1f);
    if (bytes > this.#maxTableBytes) this.#fail('table-size');
    else if (bytes !== NO_INTEGER) this.#table.resize(bytes);
  }

  /** RFC 7541 section 2.3.3; `NO_FIELD` after a fault. */
  #fieldAt(index: number): Field {
    const number = this.#table.next - (index - STATIC_ENTRIES);
    let field = NO_FIELD;
    if (index <= STATIC_ENTRIES) field = STATIC_FIELDS[index] ?? NO_FIELD;
    else if (number >= this.#table.oldest) field = this.#table.at(number);
    if (field === NO_FIELD) this.#fail('index');
    return field;
  }

  /** RFC 7541 section 5.2; undefined after a fault, and when it unpacks to more than any list has room for. */
  #string(): string | undefined {
    const isHuffman = (this.#block[this.#at] ?? 0) >= 0x80;
    const length = this.#integer(0x7f);
    const from = this.#at;
    const to = from + length;
    if (length === NO_INTEGER || to > this.#to) return this.#fail('truncated');
    this.#at = to;
    if (!isHuffman) return this.#block.toString('latin1', from, to);
    const plainLength = decodeHuffman(this.#block, from, to, plain);
    if (plainLength === HUFFMAN_MALFORMED) return this.#fail('huffman');
    return plainLength === HUFFMAN_TOO_LONG ? undefined : plain.toString('latin1', 0, plainLength);
  }

  /** RFC 7541 section 5.1; `NO_INTEGER` after a fault. */
  #integer(prefixMask: number): number {
    if (this.#at >= this.#to) return this.#noInteger('truncated');
    let value = (this.#block[this.#at++] ?? 0) & prefixMask;
    if (value < prefixMask) return value;
    for (let shift = 0; shift <= MAX_INTEGER_SHIFT; shift += 7) {
      if (this.#at >= this.#to) return this.#noInteger('truncated');
      const octet = this.#block[this.#at++] ?? 0;
      // Not by shifting: the result may not fit into 31 bits.
      value += (octet & 0x7f) * 2 ** shift;
      if (octet < 0x80) return value <= MAX_INTEGER ? value : this.#noInteger('integer');
    }
    return this.#noInteger('integer');
  }

  #noInteger(fault: HpackFault): number {
    this.#fail(fault);
    return NO_INTEGER;
  }

  /** The first fault is the one that counts. */
  #fail(fault: HpackFault): undefined {
    this.#fault ??= fault;
  }
}
