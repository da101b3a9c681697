import { Field } from '../http/field.ts';
import type { LeaseFailure, Lessee, ServerHalf, ServerLoss } from '../http/halves.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';

/** A head of a request with these fields; a `content-length` among them is its length. */
export function requestHead(
  method: string,
  target: string,
  fields: readonly (readonly [string, string])[] = [],
  upgrade?: 'websocket',
): RequestHead {
  const length = fields.find(([name]) => name === 'content-length')?.[1];
  return {
    method,
    target,
    path: target,
    host: 'web',
    fields: fields.map(([name, value]) => new Field(name, value)),
    length: length === undefined ? undefined : Number(length),
    upgrade,
  };
}

/** In place of an exchange at a server's half: keeps what it hears. */
export class HeardAnswer implements Lessee {
  readonly request: RequestHead;
  requester: string | undefined;
  pending: { cancel(): void } | undefined;
  server: ServerHalf | undefined;
  failure: LeaseFailure | undefined;
  head: ResponseHead | undefined;
  /** Statuses of informational answers. */
  readonly information: number[] = [];
  /** As Latin-1. */
  content = '';
  parts = 0;
  ended = false;
  trailers: readonly string[] | undefined;
  drained = 0;
  loss: ServerLoss | undefined;

  constructor(request = requestHead('GET', '/')) {
    this.request = request;
  }

  leased(server: ServerHalf): void {
    this.server = server;
  }

  unleased(failure: LeaseFailure): void {
    this.failure = failure;
  }

  /** Sends the request's head; `ended`: it has no content. */
  ask(ended = true): this {
    this.server?.request(this.request, [], ended);
    return this;
  }

  /** A part of the request's content. */
  send(text: string, ended = false): boolean | undefined {
    const bytes = Buffer.from(`-${text}-`, 'latin1'); // a part of a buffer, as it comes from a socket
    return this.server?.send(bytes, 1, bytes.length - 1, ended);
  }

  informed(head: ResponseHead): void {
    this.information.push(head.status);
  }

  answered(head: ResponseHead, ended: boolean): void {
    if (this.head !== undefined) throw new Error('answered twice');
    this.head = head;
    this.ended = ended;
  }

  answerContent(bytes: Buffer, from: number, to: number, ended: boolean): void {
    if (this.ended) throw new Error('content after the end');
    this.content += bytes.toString('latin1', from, to);
    this.parts += 1;
    this.ended = ended;
  }

  answerTrailers(fields: readonly Field[]): void {
    this.trailers = fields.map(({ name, value }) => `${name}: ${value}`);
    this.ended = true;
  }

  serverDrained(): void {
    this.drained += 1;
  }

  serverLost(loss: ServerLoss): void {
    if (this.ended && this.head?.status !== 101) throw new Error('lost after the end');
    this.loss = loss;
  }
}
