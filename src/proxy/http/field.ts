/** RFC 7541 section 4.1: what an entry of a compression table counts beside its bytes. */
const ENTRY_OVERHEAD_BYTES = 32;

/**
 * One header or trailer field, whichever protocol carries it. Fields that come again and again (out of a
 * compression table, or the same line of an HTTP/1.1 client) are one object, so what was once found out
 * about a field is written on it.
 */
export class Field {
  /** Lower case. */
  readonly name: string;
  /** Each character is one byte (Latin-1), without white space around it. */
  readonly value: string;
  /** Its weight in a compression table, bytes. */
  readonly size: number;
  /** Its sender wants it in no compression table (RFC 7541 section 6.2.3), and so does everyone who passes it on. */
  readonly secret: boolean;
  /** What it means to a proxy: 0 until `roleOf` found it out. */
  role = 0;
  /** Which encoder wrote it last, and where that put it: a hint for the encoder alone. */
  encoderId = 0;
  encoderIndex = 0;
  #line: string | undefined;

  constructor(name: string, value: string, secret = false) {
    this.name = name;
    this.value = value;
    this.size = name.length + value.length + ENTRY_OVERHEAD_BYTES;
    this.secret = secret;
  }

  /** As a line of HTTP/1.1, with its end. */
  get line(): string {
    this.#line ??= `${this.name}: ${this.value}\r\n`;
    return this.#line;
  }
}
