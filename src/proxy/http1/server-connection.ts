import { NEVER, type Timed } from '../deadlines.ts';
import { EarlyBytes } from '../early-bytes.ts';
import { GatheredOutflow } from '../gathered-outflow.ts';
import type { Field } from '../http/field.ts';
import type { AnswerListener, Lessee, ServerHalf, ServerLoss } from '../http/halves.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import { IDLE_POOL_MS } from '../limits.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { TunnelEnd, type TunnelOwner } from '../tcp/index.ts';
import { type Http1Answer, readAnswerHead } from './answer-head.ts';
import { Carry } from './carry.ts';
import { ContentReader, type ContentSink, MALFORMED } from './content-reader.ts';
import { headEnd } from './head-end.ts';
import { MessageWriter } from './message-writer.ts';
import { requestFraming, requestText } from './request-text.ts';
import type { Http1Servers } from './servers.ts';
import { mayBeginAnswer } from './status-line.ts';
import { accepts, hasKey, newKey, withoutAccept } from './websocket.ts';

/**
 * A connection to the application, which is the half of one request after another. Nobody may call a half whose
 * exchange is over: the next one has it already.
 */
export class Http1ServerConnection implements Party, Timed, ServerHalf, ContentSink, TunnelOwner {
  dueMs = NEVER;
  /** The application shows no certificate. */
  readonly peer = undefined;
  readonly endsAtMs = NEVER;
  /** Whose request it had last. */
  requester: string | undefined;
  readonly #runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #servers: Http1Servers;
  readonly #out: GatheredOutflow;
  readonly #writer: MessageWriter;
  readonly #content = new ContentReader();
  /** The beginning of a head. */
  readonly #carry = new Carry();
  /** Of the request under way; undefined: nothing is asked, or nothing more is to be heard. */
  #listener: AnswerListener | undefined;
  #request: RequestHead | undefined;
  #requestEnded = false;
  /** What the output had written before the request. */
  #writesBefore = 0;
  /** Of a WebSocket's handshake, where the client sent none. */
  #key: Field | undefined;
  /** What a client sent before its tunnel was open. */
  #early: EarlyBytes | undefined;
  /** A byte of the answer arrived. */
  #begun = false;
  #answer: Http1Answer | undefined;
  /** After 101. */
  #tunnel: TunnelEnd | undefined;
  /** `serverDrained` is owed. */
  #blocked = false;
  #held = false;
  /** It cannot be used again. */
  #spoiled = false;

  constructor(runtime: Runtime, socket: PartySocket, servers: Http1Servers) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#servers = servers;
    this.#out = new GatheredOutflow(socket, runtime.census, runtime.turn);
    this.#writer = new MessageWriter(this.#out);
    runtime.deadlines.add(this);
    runtime.census.servers += 1;
  }

  /** Has `lessee` hear the next answer. */
  lend(lessee: Lessee): void {
    this.#listener = lessee;
    this.requester = lessee.requester;
    this.dueMs = NEVER; // the exchange keeps the time
  }

  request(head: RequestHead, added: readonly Field[], ended: boolean): void {
    this.#request = head;
    this.#writesBefore = this.#out.writes;
    const framing = requestFraming(head, ended);
    this.#requestEnded = framing === 'none';
    let own = added;
    if (head.upgrade !== undefined && !hasKey(head.fields)) {
      this.#key = newKey(this.#runtime.random);
      own = [...added, this.#key];
    }
    this.#writer.head(requestText(head, own, framing), framing);
  }

  send(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    if (this.#tunnel !== undefined) return this.#tunnel.send(bytes, from, to, ended);
    if (this.#request?.upgrade !== undefined) return this.#holdEarly(bytes, from, to, ended);
    const room = this.#writer.content(bytes, from, to, ended);
    if (ended) this.#requestEnded = true;
    else if (!room) this.#blocked = true;
    return room;
  }

  trailers(fields: readonly Field[]): void {
    this.#writer.trailers(fields);
    this.#requestEnded = true;
  }

  /** A tunnel that is not open yet: an application that does not open it would read a second request in this. */
  #holdEarly(bytes: Buffer, from: number, to: number, ended: boolean): boolean {
    if (this.#spoiled) return true;
    this.#early ??= new EarlyBytes();
    this.#runtime.census.heldBytes += to - from;
    this.#early.ended = ended;
    if (!this.#early.add(bytes.subarray(from, to))) this.#lose('malformed');
    this.#blocked = true;
    return false;
  }

  #forgetEarly(): void {
    this.#runtime.census.heldBytes -= this.#early?.size ?? 0;
    this.#early = undefined;
  }

  hold(): void {
    if (this.#tunnel !== undefined) {
      this.#tunnel.hold();
      return;
    }
    this.#held = true;
    this.#socket.pause();
  }

  release(): void {
    if (this.#tunnel !== undefined) {
      this.#tunnel.release();
      return;
    }
    if (!this.#held) return;
    this.#held = false;
    this.#socket.resume();
  }

  cancel(): void {
    this.#listener = undefined;
    this.close();
  }

  /** Ends it without telling anybody. */
  close(): void {
    this.#spoiled = true;
    this.#out.discard();
    this.#socket.terminate();
  }

  received(bytes: Buffer): void {
    if (this.#listener === undefined) {
      this.close(); // an answer that nobody asked for belongs to no request: never to the next one
      return;
    }
    if (this.#isUnsent) {
      this.#lose('unprocessed'); // nor is this an answer to what has not been asked yet
      return;
    }
    this.#begun = true;
    if (this.#answer !== undefined) this.#readContent(this.#answer, bytes, 0);
    else this.#readHeads(this.#listener, this.#carry.take(bytes));
  }

  /** Reads informational heads and the answer's own. */
  #readHeads(listener: AnswerListener, bytes: Buffer): void {
    let { searched } = this.#carry;
    let left = bytes;
    while (this.#listener === listener) {
      const end = headEnd(left, searched);
      if (end.ok && end.value === 0 && mayBeginAnswer(left)) {
        this.#carry.hold(left, left.length);
        return;
      }
      const answer = end.ok ? this.#readHead(left, end.value) : undefined;
      if (answer === undefined || !end.ok) {
        this.#lose('malformed');
        return;
      }
      if (answer.head.status >= 200) {
        this.#answered(listener, answer, left, end.value);
        return;
      }
      left = left.subarray(end.value);
      searched = 0;
      if (answer.head.status === 101) {
        this.#openTunnel(listener, answer, left);
        return;
      }
      listener.informed(answer.head);
    }
  }

  #readHead(bytes: Buffer, end: number): Http1Answer | undefined {
    const text = bytes.toString('latin1', 0, end);
    const answer = readAnswerHead(text, this.#request?.method ?? '');
    return answer.ok ? answer.value : undefined;
  }

  #answered(listener: AnswerListener, answer: Http1Answer, bytes: Buffer, at: number): void {
    this.#carry.clear();
    this.#answer = answer;
    this.#content.begin(answer.content);
    const ended = this.#content.done;
    if (ended) this.#listener = undefined;
    listener.answered(answer.head, ended);
    if (ended) this.#settle(answer, at < bytes.length);
    else if (this.#listener === listener && at < bytes.length) this.#readContent(answer, bytes, at);
  }

  #readContent(answer: Http1Answer, bytes: Buffer, at: number): void {
    const to = this.#content.read(bytes, at, this);
    if (to === MALFORMED) this.#lose('malformed');
    else if (this.#content.done) this.#settle(answer, to < bytes.length);
  }

  contentRead(bytes: Buffer, from: number, to: number, ended: boolean): void {
    const listener = this.#listener;
    if (ended) this.#listener = undefined;
    listener?.answerContent(bytes, from, to, ended);
  }

  trailersRead(fields: readonly Field[]): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.answerTrailers(fields);
  }

  /** The answer is over. `more`: bytes follow that nobody asked for. */
  #settle(answer: Http1Answer, more: boolean): void {
    const inOrder = answer.keepAlive && answer.content !== 'until-close' && this.#requestEnded;
    if (this.#spoiled || more || !inOrder) {
      this.close();
      return;
    }
    this.release();
    this.#request = undefined;
    this.#requestEnded = false;
    this.#key = undefined;
    this.#forgetEarly();
    this.#begun = false;
    this.#answer = undefined;
    this.#blocked = false;
    this.dueMs = this.#runtime.deadlines.now() + IDLE_POOL_MS;
    this.#servers.giveBack(this);
  }

  /** 101, which only who asked for it may get (RFC 9110 section 15.2.2). `rest`: the first bytes of the tunnel. */
  #openTunnel(listener: AnswerListener, { head, upgrade }: Http1Answer, rest: Buffer): void {
    const key = this.#key;
    const asked = upgrade !== undefined && upgrade === this.#request?.upgrade;
    if (!asked || (key !== undefined && !accepts(head.fields, key))) {
      this.#lose('malformed');
      return;
    }
    this.#out.flush();
    const tunnel = new TunnelEnd(this.#socket, this.#out.outflow, this);
    this.#tunnel = tunnel;
    listener.answered(key === undefined ? head : withoutKeyProof(head), false);
    if (this.#early !== undefined) this.#sendEarly(tunnel, this.#early);
    this.#forgetEarly();
    if (rest.length > 0) tunnel.received(rest);
    tunnel.open();
  }

  #sendEarly(tunnel: TunnelEnd, { parts, ended }: EarlyBytes): void {
    let room = true;
    for (const part of parts) room = tunnel.send(part, 0, part.length, false);
    if (ended) tunnel.send(NO_BYTES, 0, 0, true);
    else if (room) this.tunnelDrained();
  }

  tunnelled(bytes: Buffer, from: number, to: number, ended: boolean): void {
    this.#listener?.answerContent(bytes, from, to, ended);
  }

  tunnelDrained(): void {
    this.#listener?.serverDrained();
  }

  tunnelClosed(inOrder: boolean): void {
    if (inOrder) this.#listener = undefined;
    this.closed();
  }

  drained(): void {
    if (!this.#out.drained() || !this.#blocked) return;
    this.#blocked = false;
    this.#listener?.serverDrained();
  }

  ended(): void {
    const listener = this.#listener;
    if (listener === undefined) {
      this.close();
    } else if (this.#answer?.content === 'until-close') {
      this.#listener = undefined;
      listener.answerContent(NO_BYTES, 0, 0, true);
      this.close();
    } else {
      this.#lose(this.#loss());
    }
  }

  /** Nothing of the request has left this process: it waits for the end of the turn. */
  get #isUnsent(): boolean {
    return this.#request !== undefined && this.#out.writes === this.#writesBefore;
  }

  /** An answer that was begun but has no whole head is none. */
  #loss(): ServerLoss {
    if (this.#isUnsent) return 'unprocessed';
    return this.#begun && this.#answer === undefined && this.#tunnel === undefined
      ? 'malformed'
      : 'closed';
  }

  #lose(loss: ServerLoss): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.close();
    listener?.serverLost(loss);
  }

  closed(): void {
    this.#runtime.census.servers -= 1;
    this.#forgetEarly();
    this.#runtime.deadlines.remove(this);
    this.#servers.forget(this);
    this.#lose(this.#loss()); // nobody is told twice
  }

  abandon(): void {
    this.close();
  }

  expired(): void {
    this.close();
  }

  drain(): void {
    if (this.#listener === undefined) this.close();
  }
}

const withoutKeyProof = (head: ResponseHead): ResponseHead => ({
  ...head,
  fields: withoutAccept(head.fields),
});
