import type { SnapshotEndpoint } from '../../snapshot/index.ts';
import { NEVER, type Timed } from '../deadlines.ts';
import {
  HEAD_TIMEOUT_MS,
  IDLE_BODY_MS,
  IDLE_FLOW_MS,
  IDLE_TUNNEL_MS,
  INFORMATIONAL_ANSWERS,
  REPLAY_BYTES,
} from '../limits.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { Permission } from '../permission.ts';
import type { Field } from './field.ts';
import { grpcRefusal, isGrpcCall } from './grpc-refusal.ts';
import type {
  ClientHalf,
  LeaseFailure,
  Lessee,
  RequestListener,
  ServerHalf,
  ServerLoss,
} from './halves.ts';
import type { Hop } from './hop.ts';
import type { RequestHead, ResponseHead } from './message.ts';
import type { Malformation } from './refusal.ts';
import { malformed, type Reply, replyMessage } from './reply.ts';

const NO_ENDPOINTS: readonly SnapshotEndpoint[] = [];
const NO_FIELDS: readonly Field[] = [];
/** What nginx logs for a client that left; it is never sent. */
const CLIENT_LEFT = 499;
/** Never sent either. */
const ABANDONED = 500;

/**
 * One request and its answer, or one connection (`CONNECT`) and its two directions: from a client's half to a
 * server's, and again to another server's while that is safe.
 */
export class Exchange implements RequestListener, Lessee, Timed {
  dueMs = NEVER;
  pending: { cancel(): void } | undefined;
  /** Where it is sent, when there is a choice. */
  endpoint: SnapshotEndpoint | undefined;
  /** Endpoints that failed it. */
  tried = NO_ENDPOINTS;
  /** It was sent a second time. */
  retried = false;
  /** What policies decided on; undefined until they did. */
  permission: Permission | undefined;
  readonly request: RequestHead;
  readonly hop: Hop;
  readonly #client: ClientHalf;
  readonly #startedMs: number;
  #server: ServerHalf | undefined;
  /** Content that waits for a server, or may be needed again; undefined: none, or (see #whole) not all of it. */
  #held: Buffer[] | undefined;
  #heldBytes = 0;
  /** All content that came is held. */
  #whole = true;
  #trailers: readonly Field[] | undefined;
  #requestEnded: boolean;
  #answerEnded = false;
  /** Of the answer that was begun; 0 before. */
  #status = 0;
  /** How many informational answers came. */
  #informed = 0;
  #clientHeld = false;
  #moved = false;
  #over = false;

  constructor(request: RequestHead, hop: Hop, client: ClientHalf, ended: boolean) {
    this.request = request;
    this.hop = hop;
    this.#client = client;
    this.#requestEnded = ended;
    const { deadlines } = hop.gate.runtime;
    this.#startedMs = deadlines.now();
    this.#awaitRequest();
  }

  get requester(): string | undefined {
    return this.hop.gate.caller?.spiffeId;
  }

  get server(): ServerHalf | undefined {
    return this.#server;
  }

  /** It was answered, or broken off. */
  get over(): boolean {
    return this.#over;
  }

  /** Can the request be sent once more, if the server has not acted on it? All of it must be held. */
  get replayable(): boolean {
    return this.#whole && (this.#requestEnded || this.request.method === 'CONNECT');
  }

  /** May it be sent once more although the server may have acted on it? RFC 9110 section 9.2.2, of which only what has no content. */
  get repeatable(): boolean {
    const { method } = this.request;
    const safe = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
    return safe && this.#heldBytes === 0 && this.replayable && this.request.upgrade === undefined;
  }

  /** Content goes both ways at once, and each way ends on its own. */
  get #isTunnel(): boolean {
    return this.#status === 101 || (this.request.method === 'CONNECT' && this.#status === 200);
  }

  requestContent(bytes: Buffer, from: number, to: number, ended: boolean): void {
    if (this.#over) return;
    this.#requestEnded = ended;
    if (ended && this.#status === 0) this.#awaitAnswer();
    else this.#moved = true;
    const server = this.#server;
    if (this.#whole && to > from) this.#hold(bytes, from, to, server !== undefined);
    if (server === undefined) return;
    if (!server.send(bytes, from, to, ended)) this.#holdClient();
    if (ended && this.#isTunnel) this.#directionOver();
  }

  requestTrailers(fields: readonly Field[]): void {
    if (this.#over) return;
    this.#requestEnded = true;
    this.#trailers = fields;
    if (this.#status === 0) this.#awaitAnswer();
    this.#server?.trailers(fields);
  }

  requestMalformed(reason: Malformation): void {
    this.reply(malformed(reason));
  }

  /** Keeps what waits for a server, or may be needed again. */
  #hold(bytes: Buffer, from: number, to: number, sent: boolean): void {
    this.#heldBytes += to - from;
    if (sent && this.#heldBytes > REPLAY_BYTES) {
      this.#forget();
      return;
    }
    this.#held ??= [];
    this.#held.push(Buffer.from(bytes.subarray(from, to)));
    this.hop.gate.runtime.census.heldBytes += to - from;
  }

  #forget(): void {
    this.#whole = false;
    for (const { length } of this.#held ?? []) this.hop.gate.runtime.census.heldBytes -= length;
    this.#held = undefined;
  }

  /** Nothing is sent or read until it is known who is behind it, or there is a server. */
  awaitServer(): void {
    this.#holdClient();
    if (this.hop.requestTimeoutMs === NEVER) this.#awaitFor(HEAD_TIMEOUT_MS);
  }

  /** Where the caller's sidecar keeps the time, a request that has not ended must still go on. */
  #awaitRequest(): void {
    const { requestTimeoutMs } = this.hop;
    const isOpen = requestTimeoutMs === NEVER && !this.#requestEnded;
    this.#awaitFor(isOpen ? IDLE_BODY_MS : requestTimeoutMs);
  }

  /** The request took its time; now the server has its own. */
  #awaitAnswer(): void {
    this.#moved = false;
    if (this.#server !== undefined) this.#awaitFor(this.hop.requestTimeoutMs);
  }

  /** From now on; never beyond the end of either certificate. */
  #awaitFor(spanMs: number): void {
    const endsAtMs = Math.min(this.hop.endsAtMs, this.#server?.endsAtMs ?? NEVER);
    this.dueMs = Math.min(this.hop.gate.runtime.deadlines.now() + spanMs, endsAtMs);
  }

  leased(server: ServerHalf): void {
    this.pending = undefined;
    this.#server = server;
    const { request, hop } = this;
    if (this.#clientHeld && hop.requestTimeoutMs === NEVER) this.#awaitRequest();
    const held = this.#held ?? [];
    const trailers = this.#trailers;
    const ended = this.#requestEnded && trailers === undefined;
    server.request(request, hop.requestFields(this), ended && held.length === 0);
    let flowing = true;
    for (const [index, part] of held.entries()) {
      flowing = server.send(part, 0, part.length, ended && index === held.length - 1);
    }
    if (trailers !== undefined) server.trailers(trailers);
    if (this.#heldBytes > REPLAY_BYTES) this.#forget();
    if (flowing) this.#releaseClient();
    else this.#holdClient();
  }

  unleased(failure: LeaseFailure): void {
    this.pending = undefined;
    this.hop.unleased(this, failure);
  }

  /** Looks for a server once more. */
  again(): void {
    this.#server = undefined;
    this.hop.lease(this);
  }

  informed(head: ResponseHead): void {
    this.#informed += 1;
    if (this.#informed > INFORMATIONAL_ANSWERS) this.reply(BAD_RESPONSE);
    else this.#client.inform(head);
  }

  answered(head: ResponseHead, ended: boolean): void {
    this.#moved = true;
    if (this.hop.supersedes(this, head)) {
      this.#server?.cancel();
      this.again();
      return;
    }
    const refused = this.request.upgrade !== undefined && head.status !== 101;
    if (refused && head.status < 300) {
      this.reply(UPGRADE_IGNORED); // to HTTP/2 such an answer would open the tunnel (RFC 8441 section 5)
      return;
    }
    this.#status = head.status;
    this.#forget();
    this.#client.answer(head, this.hop.answerFields(this, head), ended);
    if (this.#isTunnel) this.#awaitFor(this.#idleMs());
    else if (refused) this.#endRefusedUpgrade();
    if (ended) this.#answerOver();
  }

  /** There will be no tunnel, so nothing that its client sends belongs to this request. */
  #endRefusedUpgrade(): void {
    this.#requestEnded = true;
    this.#server?.send(NO_BYTES, 0, 0, true);
  }

  answerContent(bytes: Buffer, from: number, to: number, ended: boolean): void {
    this.#moved = true;
    if (!this.#client.send(bytes, from, to, ended) && !ended) this.#server?.hold();
    if (ended) this.#answerOver();
  }

  answerTrailers(fields: readonly Field[]): void {
    this.#client.trailers(fields);
    this.#answerOver();
  }

  #answerOver(): void {
    this.#answerEnded = true;
    if (this.#isTunnel) {
      this.#directionOver();
      return;
    }
    if (!this.#requestEnded) this.#server?.cancel(); // nobody reads the rest of the request
    this.#end(this.#status);
  }

  #directionOver(): void {
    if (this.#requestEnded && this.#answerEnded) this.#end(this.#status);
    else this.#awaitFor(IDLE_BODY_MS);
  }

  serverDrained(): void {
    this.#releaseClient();
  }

  serverLost(loss: ServerLoss): void {
    this.#server = undefined;
    if (this.#status !== 0 || loss === 'malformed') this.reply(BAD_RESPONSE);
    else this.hop.lost(this, loss);
  }

  clientDrained(): void {
    this.#server?.release();
  }

  clientGone(): void {
    this.#drop();
    this.#end(CLIENT_LEFT);
  }

  #holdClient(): void {
    if (this.#clientHeld) return;
    this.#clientHeld = true;
    this.#client.hold();
  }

  #releaseClient(): void {
    if (!this.#clientHeld) return;
    this.#clientHeld = false;
    this.#client.release();
  }

  /** Answers by itself, or breaks off when another answer was begun. */
  reply(reply: Reply): void {
    if (this.#over) return;
    this.#drop();
    const isLogged = reply.status < 500 || reply === CERTIFICATE_ENDED; // by who decided so
    if (!isLogged && !this.#isTunnel) this.hop.gate.gaveUp(this.request, reply, this.endpoint);
    if (this.#status === 0) this.#say(reply);
    else this.#client.breakOff();
    this.#end(reply.status);
  }

  #say(reply: Reply): void {
    if (isGrpcCall(this.request)) {
      this.#client.answer(grpcRefusal(reply), NO_FIELDS, true);
      return;
    }
    const { head, content } = replyMessage(reply);
    const empty = this.request.method === 'HEAD';
    this.#client.answer(head, NO_FIELDS, empty);
    if (!empty) this.#client.send(content, 0, content.length, true);
  }

  /** It cannot go on: a defect of ours. */
  abandon(): void {
    if (this.#over) return;
    this.#drop();
    this.#client.breakOff();
    this.#end(ABANDONED);
  }

  /** What was decided upon may have changed. */
  review(): void {
    if (this.#over || this.permission === undefined) return;
    if (!this.permission.holds(this.#server?.peer)) this.reply(PERMISSION_LOST);
  }

  /** Nothing came in time, or a certificate ended. */
  expired(): void {
    const ends = Math.min(this.hop.endsAtMs, this.#server?.endsAtMs ?? NEVER);
    if (this.hop.gate.runtime.deadlines.now() >= ends) {
      this.permission?.lost('certificate');
      this.reply(CERTIFICATE_ENDED);
    } else if (this.#moved) {
      this.#moved = false;
      this.#awaitFor(this.#idleMs());
    } else {
      this.reply(REQUEST_TIMEOUT);
    }
  }

  #idleMs(): number {
    if (this.request.upgrade === 'connect-udp') return IDLE_FLOW_MS;
    if (this.#isTunnel) {
      return this.#requestEnded || this.#answerEnded ? IDLE_BODY_MS : IDLE_TUNNEL_MS;
    }
    return this.#status === 0 && this.#requestEnded ? this.hop.requestTimeoutMs : IDLE_BODY_MS;
  }

  /** Lets go of the server. */
  #drop(): void {
    this.pending?.cancel();
    this.pending = undefined;
    this.#server?.cancel();
    this.#server = undefined;
  }

  #end(status: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#server = undefined;
    this.#forget();
    const { gate } = this.hop;
    gate.runtime.exchanges.ended(this);
    if (this.request.method === 'CONNECT') gate.metrics.closed();
    else gate.metrics.answered(status, gate.runtime.deadlines.now() - this.#startedMs);
  }
}

const BAD_RESPONSE: Reply = {
  status: 502,
  reason: 'bad-response',
  text: 'the answer breaks off, or cannot be read in the protocol that the Service names',
};
const UPGRADE_IGNORED: Reply = {
  status: 502,
  reason: 'upgrade-ignored',
  text: 'the application answered a request for a WebSocket as if it had been for something else',
};
const PERMISSION_LOST: Reply = {
  status: 403,
  reason: 'permission-lost',
  text: 'what permitted this request changed while it was under way; it may have been acted on',
};
const CERTIFICATE_ENDED: Reply = {
  status: 503,
  reason: 'certificate-ended',
  text: 'the certificate at the other end of the connection ended while the request was under way',
};
const REQUEST_TIMEOUT: Reply = {
  status: 504,
  reason: 'request-timeout',
  text: 'no answer came within the time that the service allows',
};
