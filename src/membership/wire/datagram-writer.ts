import { SEAL_BYTES } from '../seal.ts';
import type { Content, Statement } from '../swim/message.ts';
import type { Handle } from '../swim/roster.ts';
import {
  ACCUSATION_BYTES,
  type DatagramHead,
  KIND,
  LIFE_CLAIM_BYTES,
  LONG_BYTES,
  MAX_DATAGRAM_BYTES,
  PROBE_BYTES,
  STATEMENT,
  TAG_BYTES,
  VERSION,
} from './layout.ts';
import { writeNumber } from './numbers.ts';
import type { TagBook } from './tag.ts';

/** Where each datagram is put together, one after the other. */
const BYTES = new Uint8Array(MAX_DATAGRAM_BYTES);
/** The first so many of these, each made once: there are few lengths. */
const FIRST: Uint8Array[] = [];

/** Writes one datagram at a time: what one writer has written, the next datagram of any writes over. */
export class DatagramWriter {
  readonly #book: TagBook;
  #end = 0;

  constructor(book: TagBook) {
    this.#book = book;
  }

  /** Everything up to the body. */
  head(kind: number, head: DatagramHead): void {
    this.#end = 0;
    this.number(VERSION, 1);
    this.number(kind, 1);
    this.#member(head.sender);
    this.#member(head.receiver);
    this.number(head.boot, 4);
    this.number(head.counter, 4);
    this.number(head.sentAt, LONG_BYTES);
  }

  /** All of a message: body, and as many of its statements as there is room for in so many bytes. */
  message(head: DatagramHead, { body, statements }: Content, maxBytes: number): void {
    this.head(kindOf(body), head);
    this.#body(body);
    for (const statement of statements) {
      if (this.#end + statementBytes(statement) > maxBytes - SEAL_BYTES) return;
      this.#statement(statement);
    }
  }

  /** The bytes so far, with room for a signature behind them: until the next datagram is written. */
  written(): Uint8Array {
    const length = this.#end + SEAL_BYTES;
    const known = FIRST[length];
    if (known !== undefined) return known;
    const first = BYTES.subarray(0, length);
    FIRST[length] = first;
    return first;
  }

  /** Bytes as they are: a signature, for one. */
  raw(bytes: Uint8Array): void {
    BYTES.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  #body(body: Content['body']): void {
    if (body.type === 'rumour') return;
    this.number(body.probe, PROBE_BYTES);
    if (body.type === 'ping-request') this.#member(body.target);
    if (body.type === 'ping' && body.origin !== undefined) this.#member(body.origin);
    if (body.type !== 'ack') return;
    this.#member(body.subject);
    if (body.origin === undefined || body.proof === undefined) return;
    this.#member(body.origin);
    this.raw(body.proof);
  }

  #statement(statement: Statement): void {
    this.number(statementKind(statement), 1);
    if (statement.about === 'accusation') this.#member(statement.accuser);
    this.#member(statement.subject);
    this.number(statement.incarnation, LONG_BYTES);
    this.raw(statement.signature);
  }

  #member(handle: Handle): void {
    this.#book.writeTag(handle, BYTES, this.#end);
    this.#end += TAG_BYTES;
  }

  number(value: number, bytes: number): void {
    writeNumber(BYTES, this.#end, bytes, value);
    this.#end += bytes;
  }
}

export const statementBytes = ({ about }: Statement): number =>
  about === 'accusation' ? ACCUSATION_BYTES : LIFE_CLAIM_BYTES;

function statementKind(statement: Statement): number {
  if (statement.about === 'accusation') return STATEMENT.accusation;
  return statement.leaving ? STATEMENT.leaving : STATEMENT.alive;
}

function kindOf(body: Content['body']): number {
  switch (body.type) {
    case 'ping':
      return body.origin === undefined ? KIND.ping : KIND.pingForOther;
    case 'ack':
      return body.proof === undefined ? KIND.ack : KIND.provenAck;
    case 'ping-request':
      return KIND.pingRequest;
    case 'nack':
      return KIND.nack;
    case 'rumour':
      return KIND.rumour;
  }
}
