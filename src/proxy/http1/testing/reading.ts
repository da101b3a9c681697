import type { Field } from '../../http/field.ts';
import { readAnswerHead } from '../answer-head.ts';
import { type ContentLength, ContentReader, MALFORMED } from '../content-reader.ts';
import { headEnd } from '../head-end.ts';
import { readRequestHead } from '../request-head.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/** One message as this proxy reads it. */
export interface Reading extends Head {
  readonly content: string;
  readonly trailers: Pairs;
  /** Where the message ends in the bytes, or how far it was read. */
  readonly end: number;
}

export interface Head {
  readonly start:
    | { readonly method: string; readonly target: string; readonly host: string }
    | { readonly status: number };
  /** Those that are passed on, in their order. */
  readonly fields: Pairs;
  readonly length: ContentLength;
  readonly keepAlive: boolean;
}

export type Outcome =
  | { readonly kind: 'message'; readonly message: Reading }
  /** More bytes are needed; the message so far, once its head is read. */
  | { readonly kind: 'incomplete'; readonly message?: Reading }
  | { readonly kind: 'refused'; readonly reason: string };

/** Reads a request whose bytes come in parts, cut at these places. */
export const readsRequest = (bytes: Buffer, cuts: readonly number[] = []): Outcome =>
  new MessageReader(requestHead, EMPTY_LINE).read(bytes, cuts);

/** Reads an answer to `method`, likewise. */
export const readsAnswer = (bytes: Buffer, method: string, cuts: readonly number[] = []): Outcome =>
  new MessageReader((text) => answerHead(text, method)).read(bytes, cuts);

function requestHead(text: string): Head | string {
  const read = readRequestHead(text);
  if (!read.ok) return read.error;
  const { head, content, keepAlive } = read.value;
  const { method, target, host, fields } = head;
  return { start: { method, target, host }, fields: pairs(fields), length: content, keepAlive };
}

function answerHead(text: string, method: string): Head | string {
  const read = readAnswerHead(text, method);
  if (!read.ok) return read.error;
  const { head, content, keepAlive } = read.value;
  const { status, fields } = head;
  // Whatever its head says, nothing follows an answer that ends with the connection.
  const isLast = content === 'until-close';
  return {
    start: { status },
    fields: pairs(fields),
    length: content,
    keepAlive: keepAlive && !isLast,
  };
}

const pairs = (fields: readonly Field[]): Pairs => fields.map(({ name, value }) => [name, value]);

/** What is skipped before a request (RFC 9112 section 2.2). */
const EMPTY_LINE = '\r\n';

/** One for all messages, as on a connection: nothing of one may reach the next. */
const contents = new ContentReader();

/** Puts the readers of heads and contents together, as the connections do. */
class MessageReader {
  readonly #readHead: (text: string) => Head | string;
  readonly #skipped: string | undefined;
  /** How much behind {@link #at} had no end of a head. */
  #searched = 0;
  #head: Head | undefined;
  #content = '';
  #trailers: Pairs = [];
  #at = 0;

  constructor(readHead: (text: string) => Head | string, skipped?: string) {
    this.#readHead = readHead;
    this.#skipped = skipped;
  }

  read(bytes: Buffer, cuts: readonly number[]): Outcome {
    for (const until of [...cuts, bytes.length]) {
      const part = bytes.subarray(0, until);
      const refusal = this.#head === undefined ? this.#readHeadOf(part) : undefined;
      if (refusal !== undefined) return { kind: 'refused', reason: refusal };
      if (this.#head === undefined) continue;
      if (!contents.done && !this.#readContent(part)) {
        return { kind: 'refused', reason: 'bad-chunk' };
      }
      if (contents.done) return { kind: 'message', message: this.#message(this.#head) };
    }
    if (this.#head === undefined) return { kind: 'incomplete' };
    return { kind: 'incomplete', message: this.#message(this.#head) };
  }

  /** The error says why it is refused; there may be no head yet. */
  #readHeadOf(part: Buffer): string | undefined {
    const isSkipped = () => part.toString('latin1', this.#at, this.#at + 2) === this.#skipped;
    while (isSkipped()) {
      this.#at += 2;
      this.#searched = 0;
    }
    const left = part.subarray(this.#at);
    const end = headEnd(left, this.#searched);
    if (!end.ok) return end.error;
    this.#searched = left.length;
    if (end.value === 0) return undefined;
    const head = this.#readHead(left.toString('latin1', 0, end.value));
    if (typeof head === 'string') return head;
    this.#head = head;
    contents.begin(head.length);
    this.#at += end.value;
    return undefined;
  }

  #readContent(part: Buffer): boolean {
    const before = this.#at;
    let isOver = false;
    const to = contents.read(part, before, {
      contentRead: (bytes, from, end, ended) => {
        const fits = bytes === part && !isOver && from <= end && end <= part.length;
        if (!fits || (end > from && from < before)) throw new Error(`content ${from} to ${end}`);
        this.#content += bytes.toString('latin1', from, end);
        isOver = ended;
      },
      trailersRead: (fields) => {
        if (isOver) throw new Error('trailers after the end');
        this.#trailers = pairs(fields);
        isOver = true;
      },
    });
    if (to === MALFORMED) return false;
    if (to < before || to > part.length) throw new Error(`read to ${to} of ${part.length}`);
    if (isOver !== contents.done) throw new Error('its end is told at another place');
    this.#at = to;
    return true;
  }

  #message(head: Head): Reading {
    return { ...head, content: this.#content, trailers: this.#trailers, end: this.#at };
  }
}
