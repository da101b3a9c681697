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
import type { TagBook } from './tag.ts';

/** Writes one datagram after the other into the same bytes. */
export class DatagramWriter {
  readonly #plain = new Uint8Array(MAX_DATAGRAM_BYTES);
  /** The same bytes, with methods that write numbers. */
  readonly #bytes = Buffer.from(this.#plain.buffer);
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
    this.#tag(head.sender);
    this.#tag(head.receiver);
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

  /** The bytes so far; to copy them, `slice()` does, as it would not of a Buffer. */
  get written(): Uint8Array {
    return this.#plain.subarray(0, this.#end);
  }

  /** Bytes as they are: a signature, for one. */
  raw(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#end);
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
    this.#tag(this.#book.tagOf(handle));
  }

  #tag(tag: string): void {
    this.#bytes.write(tag, this.#end, TAG_BYTES, 'hex');
    this.#end += TAG_BYTES;
  }

  number(value: number, bytes: number): void {
    this.#bytes.writeUIntBE(value, this.#end, bytes);
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
