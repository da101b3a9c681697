import { SEAL_BYTES } from '../seal.ts';
import type { Message, Statement } from '../swim/message.ts';
import type { Handle } from '../swim/roster.ts';
import {
  AT,
  type DatagramHead,
  KIND,
  LONG_BYTES,
  MIN_DATAGRAM_BYTES,
  PROBE_BYTES,
  STATEMENT,
  TAG_BYTES,
  VERSION,
} from './layout.ts';
import { readNumber } from './numbers.ts';
import type { DatagramRefusal } from './refusal.ts';
import type { TagBook } from './tag.ts';

/** Whose datagram it claims to be, for `self`; only lengths and the version were looked at. */
export function readHead(
  bytes: Uint8Array,
  self: Handle,
  book: TagBook,
): DatagramHead | DatagramRefusal {
  if (bytes.length < MIN_DATAGRAM_BYTES) return 'truncated';
  if (bytes[AT.version] !== VERSION) return 'other-version';
  if (book.memberAt(bytes, AT.receiver) !== self) return 'not-for-us';
  const sender = book.memberAt(bytes, AT.sender);
  if (sender === undefined) return 'unknown-sender';
  return {
    sender,
    receiver: self,
    boot: readNumber(bytes, AT.boot, 4),
    counter: readNumber(bytes, AT.counter, 4),
    sentAt: readNumber(bytes, AT.sentAt, LONG_BYTES),
  };
}

/**
 * What it says, if it were believed. Statements about members that are unknown here are left out: who they are
 * comes by their records, and what was said is said again.
 */
export function readMessage(bytes: Uint8Array, book: TagBook): Message | DatagramRefusal {
  const reader = new DatagramReader(bytes, book);
  const sentAt = readNumber(bytes, AT.sentAt, LONG_BYTES);
  const body = reader.body();
  if (typeof body === 'string') return body;
  const statements = reader.statements();
  return typeof statements === 'string' ? statements : { body, sentAt, statements };
}

/** Nothing is read past the signature: what would be is `truncated`. */
class DatagramReader {
  readonly #bytes: Uint8Array;
  readonly #book: TagBook;
  readonly #end: number;
  #at: number = AT.body;

  constructor(bytes: Uint8Array, book: TagBook) {
    this.#bytes = bytes;
    this.#book = book;
    this.#end = bytes.length - SEAL_BYTES;
  }

  body(): Message['body'] | DatagramRefusal {
    const kind = this.#bytes[AT.kind];
    if (kind === KIND.rumour) return { type: 'rumour' };
    const others = OTHERS_NAMED[kind ?? 0];
    if (others === undefined) return 'garbage';
    const proofBytes = kind === KIND.provenAck ? SEAL_BYTES : 0;
    if (this.#left() < PROBE_BYTES + others * TAG_BYTES + proofBytes) return 'truncated';
    const probe = this.#number(PROBE_BYTES);
    if (kind === KIND.ping) return { type: 'ping', probe };
    if (kind === KIND.nack) return { type: 'nack', probe };
    const member = this.#member();
    if (member === undefined) return 'unknown-subject';
    if (kind === KIND.pingForOther) return { type: 'ping', probe, origin: member };
    if (kind === KIND.pingRequest) return { type: 'ping-request', probe, target: member };
    if (kind === KIND.ack) return { type: 'ack', probe, subject: member };
    const origin = this.#member();
    if (origin === undefined) return 'unknown-subject';
    return { type: 'ack', probe, subject: member, origin, proof: this.#seal() };
  }

  statements(): readonly Statement[] | DatagramRefusal {
    if (this.#left() === 0) return NONE;
    const statements: Statement[] = [];
    while (this.#left() > 0) {
      const kind = this.#number(1);
      const isAccusation = kind === STATEMENT.accusation;
      if (!isAccusation && kind !== STATEMENT.alive && kind !== STATEMENT.leaving) return 'garbage';
      const length = (isAccusation ? 2 : 1) * TAG_BYTES + LONG_BYTES + SEAL_BYTES;
      if (this.#left() < length) return 'truncated';
      const accuser = isAccusation ? this.#member() : undefined;
      const subject = this.#member();
      const incarnation = this.#number(LONG_BYTES);
      const signature = this.#seal();
      if (subject === undefined) continue;
      if (!isAccusation) {
        const leaving = kind === STATEMENT.leaving;
        statements.push({ about: 'life', subject, incarnation, leaving, signature });
      } else if (accuser !== undefined) {
        statements.push({ about: 'accusation', accuser, subject, incarnation, signature });
      }
    }
    return statements;
  }

  #left(): number {
    return this.#end - this.#at;
  }

  #number(bytes: number): number {
    this.#at += bytes;
    return readNumber(this.#bytes, this.#at - bytes, bytes);
  }

  #member(): Handle | undefined {
    this.#at += TAG_BYTES;
    return this.#book.memberAt(this.#bytes, this.#at - TAG_BYTES);
  }

  /** A copy: the datagram's bytes are another's after this call. */
  #seal(): Uint8Array {
    const seal = new Uint8Array(SEAL_BYTES);
    for (let i = 0; i < SEAL_BYTES; i++) seal[i] = this.#bytes[this.#at + i] ?? 0;
    this.#at += SEAL_BYTES;
    return seal;
  }
}

const NONE: readonly Statement[] = [];

/** How many members the body of a kind names behind the probe's number. */
const OTHERS_NAMED: Readonly<Record<number, number>> = {
  [KIND.ping]: 0,
  [KIND.nack]: 0,
  [KIND.pingForOther]: 1,
  [KIND.pingRequest]: 1,
  [KIND.ack]: 1,
  [KIND.provenAck]: 2,
};
