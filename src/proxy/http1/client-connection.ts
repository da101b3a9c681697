import { NEVER, type Timed } from '../deadlines.ts';
import { GatheredOutflow } from '../gathered-outflow.ts';
import type { Field } from '../http/field.ts';
import type { AcceptRequest, ClientHalf, RequestListener } from '../http/halves.ts';
import { beginsHttp2, HTTP2_PREFACE } from '../http/http2-preface.ts';
import type { ResponseHead } from '../http/message.ts';
import type { Malformation } from '../http/refusal.ts';
import { malformed, type Reply, replyMessage } from '../http/reply.ts';
import { HEAD_TIMEOUT_MS, IDLE_BODY_MS, IDLE_CLIENT_MS, LINGER_MS } from '../limits.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { TunnelEnd, type TunnelOwner } from '../tcp/index.ts';
import type { Flushable } from '../turn.ts';
import {
  answerFraming,
  answerText,
  informationText,
  lastAnswerText,
  switchingText,
} from './answer-text.ts';
import { Carry } from './carry.ts';
import { ContentReader, type ContentSink, MALFORMED } from './content-reader.ts';
import { headEnd } from './head-end.ts';
import { MessageWriter } from './message-writer.ts';
import { NEXT_REQUEST, ReadHold, SERVER_FULL } from './read-hold.ts';
import { type Http1Request, readRequestHead } from './request-head.ts';

/** Has the beginning of a content checked before anybody hears of its request. */
const NOBODY: ContentSink = { contentRead: () => undefined, trailersRead: () => undefined };

export interface Http1ClientOptions {
  readonly accept: AcceptRequest;
  /** Told of each request that could not be read, when it was answered. */
  readonly refused: (reply: Reply) => void;
  /** Takes over a connection that begins as one of HTTP/2 (RFC 9113 section 3.3); `early`: all that was read of it. */
  readonly spokeHttp2: (early: Buffer) => void;
}

/** An application's connection: reads one request after another, and has one exchange at a time. */
export class Http1ClientConnection
  implements Party, Timed, ClientHalf, ContentSink, TunnelOwner, Flushable
{
  dueMs: number;
  readonly #runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #options: Http1ClientOptions;
  readonly #out: GatheredOutflow;
  readonly #writer: MessageWriter;
  readonly #content = new ContentReader();
  /** Bytes of the next head, of requests that wait for their turn, or of a tunnel that may come about. */
  readonly #carry = new Carry();
  /** Under way: its answer is not over. */
  #request: Http1Request | undefined;
  #listener: RequestListener | undefined;
  readonly #hold: ReadHold;
  /** A part of a head arrived, or the connection is new. */
  #inHead = true;
  /** No request was read. */
  #isNew = true;
  /** Another request may follow the answer that was begun. */
  #keeps = false;
  /** The client said that its request is the last one, and has sent all of it. */
  #isLast = false;
  /** `clientDrained` is owed. */
  #blocked = false;
  /** The client sends no more. */
  #ended = false;
  /** Lets its last answer out, and reads nothing any more. */
  #lingering = false;
  /** After 101. */
  #tunnel: TunnelEnd | undefined;

  constructor(runtime: Runtime, socket: PartySocket, options: Http1ClientOptions) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#options = options;
    this.#hold = new ReadHold(socket);
    this.#out = new GatheredOutflow(socket, runtime.census, runtime.turn);
    this.#writer = new MessageWriter(this.#out);
    this.dueMs = runtime.deadlines.now() + HEAD_TIMEOUT_MS;
  }

  /** Takes the connection over; `early`: what was read of it already. */
  start(early?: Buffer): void {
    this.#socket.data = this;
    this.#runtime.deadlines.add(this);
    if (early !== undefined) this.received(early);
  }

  received(bytes: Buffer): void {
    if (this.#lingering) return;
    let used = 0;
    if (this.#request !== undefined && !this.#content.done) used = this.#readContent(bytes, 0);
    if (used < bytes.length) {
      this.#readRequests(this.#carry.take(used === 0 ? bytes : bytes.subarray(used)));
    }
  }

  /** Begins exchanges until one is under way or more bytes are needed. */
  #readRequests(bytes: Buffer): void {
    let { searched } = this.#carry;
    let left = bytes;
    while (left.length > 0 && !this.#lingering) {
      if (this.#request !== undefined || this.#out.full) {
        this.#keep(left);
        return;
      }
      const used = this.#readRequest(left, searched);
      if (used === 0) {
        this.#carry.hold(left, left.length);
        return;
      }
      if (used === left.length) break; // as nearly always, and a view costs as much as a small copy
      left = left.subarray(used);
      searched = 0;
    }
    this.#carry.clear();
  }

  /** How many bytes were used; 0 when the head is not whole yet. */
  #readRequest(bytes: Buffer, searched: number): number {
    if (this.#isNew && beginsHttp2(bytes)) {
      if (bytes.length < HTTP2_PREFACE.length) return 0;
      this.#runtime.deadlines.remove(this);
      this.#options.spokeHttp2(bytes);
      return bytes.length;
    }
    // RFC 9112 section 2.2: empty lines before a request are skipped.
    if (bytes[0] === 0x0d && bytes[1] === 0x0a) return 2;
    const end = headEnd(bytes, searched);
    if (!end.ok) return this.#refuse(end.error, bytes);
    if (end.value === 0) {
      if (!this.#inHead) this.#awaitFor(HEAD_TIMEOUT_MS);
      this.#inHead = true;
      return 0;
    }
    this.#inHead = false;
    this.#isNew = false;
    const request = readRequestHead(bytes.toString('latin1', 0, end.value));
    if (!request.ok) return this.#refuse(request.error, bytes);
    return this.#begin(request.value, bytes, end.value);
  }

  /** Begins the exchange of a request whose content begins at `at`; returns where that ends in these bytes. */
  #begin(request: Http1Request, bytes: Buffer, at: number): number {
    const refusal = this.#runtime.mesh.view?.decidingFields;
    if (request.content === 'chunked') {
      this.#content.begin('chunked', refusal);
      if (this.#content.read(bytes, at, NOBODY) === MALFORMED) {
        return this.#refuse('bad-chunk', bytes);
      }
    }
    this.#content.begin(request.content, refusal);
    this.#request = request;
    this.dueMs = NEVER; // the exchange keeps the time
    const ended = request.content === 0 && request.head.upgrade === undefined;
    const listener = this.#options.accept(request.head, this, ended);
    if (this.#request === request) this.#listener = listener; // else it was answered already
    return this.#content.done ? at : this.#readContent(bytes, at);
  }

  /** Returns where the content ends in these bytes. */
  #readContent(bytes: Buffer, at: number): number {
    const to = this.#content.read(bytes, at, this);
    if (to !== MALFORMED) return to;
    this.#listener?.requestMalformed('bad-chunk');
    return bytes.length;
  }

  contentRead(bytes: Buffer, from: number, to: number, ended: boolean): void {
    this.#listener?.requestContent(bytes, from, to, ended);
  }

  trailersRead(fields: readonly Field[]): void {
    this.#listener?.requestTrailers(fields);
  }

  /** The client's next bytes have no certain meaning: answers, and reads no more. */
  #refuse(malformation: Malformation, bytes: Buffer): number {
    this.#answerLast(malformed(malformation));
    return bytes.length;
  }

  #answerLast(reply: Reply): void {
    const { head, content } = replyMessage(reply);
    this.#writer.head(lastAnswerText(head), 'raw');
    this.#writer.content(content, 0, content.length, true);
    this.#linger();
    this.#options.refused(reply);
  }

  /** Keeps what belongs to later requests, or to a tunnel, and reads no further until their turn. */
  #keep(bytes: Buffer): void {
    this.#carry.hold(bytes, 0);
    this.#hold.begin(NEXT_REQUEST);
  }

  hold(): void {
    if (this.#tunnel === undefined) this.#hold.begin(SERVER_FULL);
    else this.#tunnel.hold();
  }

  release(): void {
    if (this.#tunnel === undefined) this.#hold.end(SERVER_FULL);
    else this.#tunnel.release();
  }

  inform(head: ResponseHead): void {
    // RFC 9110 section 15.2: not for clients of HTTP/1.0.
    if (this.#request?.minor === 1) this.#writer.head(informationText(head), 'none');
  }

  answer(head: ResponseHead, added: readonly Field[], ended: boolean): void {
    const request = this.#request;
    if (request === undefined) return;
    if (head.status === 101) {
      this.#openTunnel(switchingText(head, added, request));
      return;
    }
    const framing = answerFraming(head, request, ended);
    this.#isLast = !request.keepAlive && this.#content.done;
    this.#keeps = request.keepAlive && this.#content.done && !this.#retires && !this.#ended;
    this.#writer.head(answerText(head, added, request, framing, this.#keeps), framing);
    if (ended) this.#answerOver();
  }

  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    if (this.#tunnel !== undefined) return this.#tunnel.send(bytes, from, to, ended);
    const room = this.#writer.content(bytes, from, to, ended);
    if (ended) this.#answerOver();
    else if (!room) this.#blocked = true;
    return room;
  }

  trailers(fields: readonly Field[]): void {
    this.#writer.trailers(fields);
    this.#answerOver();
  }

  breakOff(): void {
    this.#forget();
    this.#out.discard();
    this.#socket.terminate();
  }

  #answerOver(): void {
    this.#forget();
    this.#hold.end(SERVER_FULL);
    if (!this.#keeps) {
      if (this.#isLast && this.#carry.isEmpty) this.#close();
      else this.#linger();
      return;
    }
    this.#awaitFor(IDLE_CLIENT_MS);
    if (!this.#carry.isEmpty) this.#runtime.turn.add(this);
  }

  #forget(): void {
    this.#request = undefined;
    this.#listener = undefined;
    this.#blocked = false;
  }

  /** The turn is over in which an answer ended: the next request has its turn. */
  flush(): void {
    this.#readWaiting();
  }

  #readWaiting(): void {
    if (this.#request !== undefined) return;
    this.#hold.end(NEXT_REQUEST);
    if (!this.#carry.isEmpty) this.#readRequests(this.#carry.take());
  }

  /** Bytes go both ways from the next turn on. */
  #openTunnel(head: string): void {
    this.#writer.head(head, 'none');
    this.#out.flush();
    this.#socket.pause();
    const tunnel = new TunnelEnd(this.#socket, this.#out.outflow, this);
    if (!this.#carry.isEmpty) tunnel.received(this.#carry.take());
    this.#carry.clear();
    if (this.#ended) tunnel.ended();
    if (this.#hold.isFor(SERVER_FULL)) tunnel.hold();
    this.#tunnel = tunnel;
    this.#runtime.turn.add(tunnel);
  }

  tunnelled(bytes: Buffer, from: number, to: number, ended: boolean): void {
    this.#listener?.requestContent(bytes, from, to, ended);
  }

  tunnelDrained(): void {
    this.#listener?.clientDrained();
  }

  tunnelClosed(inOrder: boolean): void {
    if (inOrder) this.#forget();
    this.closed();
  }

  /** Nothing follows that a reset could answer: its client asked for one answer, and has sent all. */
  #close(): void {
    this.#out.flush();
    if (this.#out.outflow.isEmpty) this.#socket.end();
    else this.#linger();
  }

  /** Lets the last answer out. The client's further bytes are read and dropped for a while: a reset would take the answer away from it (RFC 9112 section 9.6). */
  #linger(): void {
    this.#lingering = true;
    this.#carry.clear();
    this.#hold.endAll();
    this.#out.finish();
    this.#awaitFor(this.#out.finished ? LINGER_MS : IDLE_BODY_MS);
  }

  /** From now on. */
  #awaitFor(spanMs: number): void {
    this.dueMs = this.#runtime.deadlines.now() + spanMs;
  }

  drained(): void {
    if (!this.#out.drained()) return;
    if (this.#lingering) this.#awaitFor(LINGER_MS);
    if (this.#blocked) {
      this.#blocked = false;
      this.#listener?.clientDrained();
    }
    this.#readWaiting();
  }

  ended(): void {
    this.#ended = true;
    if (this.#request === undefined) this.#out.finish();
    else if (!this.#content.done) this.#socket.terminate();
  }

  abandon(): void {
    this.#socket.terminate();
  }

  expired(): void {
    // What the kernel still holds for a slow reader is not taken away by a reset.
    if (this.#lingering && this.#out.finished) this.#socket.end();
    else if (this.#lingering) this.#socket.terminate();
    else if (this.#carry.isEmpty) this.#linger();
    else this.#answerLast(HEAD_TIMEOUT);
  }

  get #retires(): boolean {
    return this.#runtime.connections.isRetiring;
  }

  drain(): void {
    if (this.#request === undefined && !this.#lingering) this.#linger();
  }

  closed(): void {
    const listener = this.#listener;
    this.#forget();
    this.#lingering = true;
    this.#carry.clear();
    this.#out.discard();
    this.#runtime.deadlines.remove(this);
    this.#runtime.census.clients -= 1;
    listener?.clientGone();
  }
}

const HEAD_TIMEOUT: Reply = {
  status: 408,
  reason: 'request-head-timeout',
  text: `the request's head did not arrive within ${HEAD_TIMEOUT_MS / 1_000} s`,
};
