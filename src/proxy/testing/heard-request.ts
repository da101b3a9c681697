import { Field } from '../http/field.ts';
import type { ClientHalf, RequestListener } from '../http/halves.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';

/** A head of an answer with these fields; a `content-length` among them is its length. */
export function answerHead(
  status: number,
  fields: Readonly<Record<string, string>> = {},
): ResponseHead {
  const length = fields['content-length'];
  return {
    status,
    fields: Object.entries(fields).map(([name, value]) => new Field(name, value)),
    length: length === undefined ? undefined : Number(length),
    meshReason: undefined,
    meshRetry: undefined,
  };
}

/** In place of an exchange at a client's half: keeps what it hears, and answers as a test says. */
export class HeardRequest implements RequestListener {
  readonly head: RequestHead;
  readonly client: ClientHalf;
  /** As Latin-1. */
  content = '';
  /** How many parts the content came in, and whether the last one said that it was. */
  parts = 0;
  ended: boolean;
  trailers: readonly string[] | undefined;
  malformed: string | undefined;
  drained = 0;
  gone = false;

  constructor(head: RequestHead, client: ClientHalf, ended: boolean) {
    this.head = head;
    this.client = client;
    this.ended = ended;
  }

  /** A whole answer with a length. */
  answer(status: number, content = '', fields: Readonly<Record<string, string>> = {}): void {
    const bytes = Buffer.from(content, 'latin1');
    const head = answerHead(status, { 'content-length': String(bytes.length), ...fields });
    this.client.answer(head, [], bytes.length === 0);
    if (bytes.length > 0) this.client.send(bytes, 0, bytes.length, true);
  }

  /** A part of an answer's content. */
  send(text: string, ended = false): boolean {
    const bytes = Buffer.from(`-${text}-`, 'latin1'); // a part of a buffer, as it comes from a socket
    return this.client.send(bytes, 1, bytes.length - 1, ended);
  }

  requestContent(bytes: Buffer, from: number, to: number, ended: boolean): void {
    if (this.ended) throw new Error('content after the end');
    this.content += bytes.toString('latin1', from, to);
    this.parts += 1;
    this.ended = ended;
  }

  requestTrailers(fields: readonly Field[]): void {
    this.trailers = fields.map(({ name, value }) => `${name}: ${value}`);
    this.ended = true;
  }

  requestMalformed(reason: string): void {
    this.malformed = reason;
  }

  clientDrained(): void {
    this.drained += 1;
  }

  clientGone(): void {
    if (this.gone) throw new Error('gone twice');
    this.gone = true;
  }
}
