import type { SnapshotEndpoint } from '../../snapshot/index.ts';
import type { Reply } from '../http/reply.ts';
import { HEAD_TIMEOUT_MS, IDLE_BODY_MS, REPLAY_BYTES } from '../limits.ts';
import type { Permission } from '../permission.ts';
import { type BodyReader, bodyReader, MALFORMED } from './body.ts';
import type { Downstream } from './downstream.ts';
import type { RequestHead, ResponseHead } from './head.ts';
import type { Hop } from './hop.ts';
import type { LeaseFailure, PendingLease, Pool, PoolUser } from './pool.ts';
import { replyBytes } from './reply.ts';
import { type Progress, ResponseFlow, type ResponseReceiver, withBody } from './response-flow.ts';
import type { Upstream, UpstreamUser } from './upstream.ts';

const NONE: readonly SnapshotEndpoint[] = [];
/** What nginx logs for a client that left; it is never sent. */
const CLIENT_LEFT = 499;

/** One request and its answer: from the client's connection to a server's, and again while that is safe. */
export class Exchange implements PoolUser, UpstreamUser, ResponseReceiver {
  pending: PendingLease | undefined;
  /** Where it is sent, when there is a choice. */
  endpoint: SnapshotEndpoint | undefined;
  /** Endpoints that failed it. */
  tried: readonly SnapshotEndpoint[] = NONE;
  /** It was sent a second time. */
  retried = false;
  /** What policies decided on; undefined until they did. */
  permission: Permission | undefined;
  readonly request: RequestHead;
  readonly startedMs: number;
  readonly #downstream: Downstream;
  readonly #hop: Hop;
  readonly #body: BodyReader;
  #response: ResponseFlow = new ResponseFlow(this);
  #upstream: Upstream | undefined;
  /** What was or is to be sent: all of it while it may be needed again, nothing afterwards. */
  #sent: Uint8Array[] | undefined = [];
  #sentBytes = 0;
  #moved = false;
  #upstreamPaused = false;
  #over = false;

  constructor(downstream: Downstream, hop: Hop, request: RequestHead, startedMs: number) {
    this.#downstream = downstream;
    this.#hop = hop;
    this.request = request;
    this.startedMs = startedMs;
    this.#body = bodyReader(request.body, hop.gate.runtime.mesh.view?.policyFields);
  }

  get upstream(): Upstream | undefined {
    return this.#upstream;
  }

  /** The client has sent all of the request. */
  get requestDone(): boolean {
    return this.#body.done;
  }

  /** Can the request be sent once more, if the server has not acted on it? All of it must be held. */
  get replayable(): boolean {
    return this.#sent !== undefined && this.#body.done;
  }

  /** May it be sent once more although the server may have acted on it? RFC 9110 section 9.2.2, of which only what has no body. */
  get repeatable(): boolean {
    const { method, body } = this.request;
    const safe = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
    return safe && body === 0 && this.replayable;
  }

  /** Takes the first bytes, with the request's body from `at` on; returns where it ends in them. */
  begin(bytes: Buffer, at: number): number {
    const to = this.#body.read(bytes, at);
    if (to === MALFORMED) return MALFORMED;
    const { method, target, host, fields, body, upgrade } = this.request;
    const head =
      `${method} ${target} HTTP/1.1\r\nhost: ${host || this.#hop.defaultHost}\r\n${fields}` +
      this.#hop.requestLines +
      (body === 'chunked' ? 'transfer-encoding: chunked\r\n' : '') +
      (upgrade === undefined ? '\r\n' : `connection: upgrade\r\nupgrade: ${upgrade}\r\n\r\n`);
    this.#send(withBody(head, bytes, at, to), true);
    return to;
  }

  /** Takes further bytes of the body; returns where it ends in them. */
  continue(bytes: Buffer): number {
    const to = this.#body.read(bytes, 0);
    if (to === MALFORMED || to === 0) return to;
    this.#moved = true;
    this.#send(bytes.subarray(0, to), false);
    return to;
  }

  /** Passes bytes on and keeps them while they may be needed again. */
  #send(bytes: Buffer, owned: boolean): void {
    const upstream = this.#upstream;
    if (this.#sent !== undefined) {
      this.#sentBytes += bytes.length;
      if (upstream !== undefined && this.#sentBytes > REPLAY_BYTES) this.#sent = undefined;
      else this.#sent.push(owned ? bytes : Buffer.from(bytes));
    }
    if (upstream?.outflow.send(bytes) === false) this.#downstream.hold('upstream-full');
  }

  /** Asks `pool` for a connection; until there is one, the client is not read. */
  leaseFrom(pool: Pool): void {
    pool.lease(this, this.retried);
    if (this.pending !== undefined) this.#downstream.hold('no-upstream');
  }

  /** Again, from the start, on another connection. */
  again(): void {
    this.#response = new ResponseFlow(this);
    this.#downstream.release('upstream-full');
    this.#hop.lease(this);
  }

  leased(upstream: Upstream): void {
    this.#upstream = upstream;
    upstream.lend(this);
    let flowing = true;
    for (const bytes of this.#sent ?? []) flowing = upstream.outflow.send(bytes);
    if (this.#sentBytes > REPLAY_BYTES) this.#sent = undefined;
    if (!flowing) this.#downstream.hold('upstream-full');
    this.#downstream.release('no-upstream');
  }

  unleased(failure: LeaseFailure): void {
    this.#hop.unleased(this, failure);
  }

  answered(bytes: Buffer): void {
    this.#moved = true;
    this.#advance(this.#response.receive(bytes));
  }

  upstreamEnded(): void {
    if (this.#response.begun) this.#advance(this.#response.end());
    else this.upstreamClosed();
  }

  upstreamClosed(): void {
    if (this.#response.begun) {
      this.reply(BAD_RESPONSE); // an answer that ends with its connection ends in order: `upstreamEnded`
      return;
    }
    this.#drop();
    this.#hop.lost(this);
  }

  upstreamDrained(): void {
    this.#downstream.release('upstream-full');
  }

  /** The client can take more. */
  clientDrained(): void {
    if (this.#upstreamPaused) this.#upstream?.socket.resume();
    this.#upstreamPaused = false;
  }

  sendToClient(bytes: Buffer): void {
    if (this.#downstream.outflow.send(bytes) || this.#upstreamPaused) return;
    this.#upstreamPaused = true;
    this.#upstream?.socket.pause();
  }

  supersedes(head: ResponseHead): boolean {
    return this.#hop.supersedes(this, head);
  }

  responseLines(head: ResponseHead): string {
    return this.#hop.responseLines(this, head);
  }

  closesAfter(): boolean {
    return !this.#downstream.keepsAlive(this);
  }

  #advance(progress: Progress): void {
    switch (progress) {
      case 'open':
        if (this.#response.head !== undefined) this.#sent = undefined;
        return;
      case 'done':
        this.#finish();
        return;
      case 'switched':
        this.#switch();
        return;
      case 'superseded':
        this.#drop();
        this.again();
        return;
      case 'malformed':
        this.reply(BAD_RESPONSE);
    }
  }

  /** The answer is whole. */
  #finish(): void {
    this.clientDrained();
    const { head, rest, untilClose } = this.#response;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    const inOrder =
      head?.keepAlive === true && rest === undefined && !untilClose && this.#body.done;
    if (inOrder) upstream?.pool.giveBack(upstream);
    else upstream?.close();
    this.#end(head?.status ?? 0, this.#downstream.keepsAlive(this));
  }

  /** 101: the connection becomes a tunnel. */
  #switch(): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    this.#over = true;
    this.#downstream.becomeTunnel(upstream, this.#response.rest, this);
    this.#hop.gate.metrics.answered(101, this.#downstream.now() - this.startedMs);
  }

  /** Answers by itself, or breaks off when a part of another answer was sent. */
  reply(reply: Reply): void {
    if (this.#response.head !== undefined) {
      this.#break(reply.status);
      return;
    }
    this.#drop();
    const keep = this.#downstream.keepsAlive(this);
    this.#downstream.outflow.send(replyBytes(reply, this.request, !keep));
    this.#end(reply.status, keep);
  }

  /** Nothing is sent or read until it is known who is behind it. */
  awaitUser(): void {
    this.#downstream.hold('no-upstream');
    if (this.#hop.requestTimeoutMs === Number.POSITIVE_INFINITY) {
      this.#downstream.awaitFor(HEAD_TIMEOUT_MS);
    }
  }

  /** It was answered, or broken off. */
  get over(): boolean {
    return this.#over;
  }

  /** What was decided upon may have changed. */
  review(): void {
    if (this.#over || this.permission === undefined) return;
    if (!this.permission.holds(this.#upstream?.peer)) this.reply(PERMISSION_LOST);
  }

  /** Nothing came in time. */
  expired(): void {
    if (this.#moved) {
      this.#moved = false;
      const waiting = this.#response.head === undefined && this.#body.done;
      this.#downstream.awaitFor(waiting ? this.#hop.requestTimeoutMs : IDLE_BODY_MS);
      return;
    }
    this.reply(REQUEST_TIMEOUT);
  }

  /** The client is gone. */
  abort(): void {
    this.#drop();
    this.#end(CLIENT_LEFT, false);
  }

  /** The answer breaks off after a part of it: the client must not take that part for the whole. */
  #break(status: number): void {
    this.#drop();
    this.#downstream.reset();
    this.#end(status, false);
  }

  /** Lets go of the server's connection, which cannot be used again. */
  #drop(): void {
    this.pending?.cancel();
    this.pending = undefined;
    this.#upstream?.close();
    this.#upstream = undefined;
  }

  #end(status: number, keep: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#sent = undefined;
    const nowMs = this.#downstream.now();
    this.#downstream.exchangeOver(keep, nowMs);
    this.#hop.gate.metrics.answered(status, nowMs - this.startedMs);
  }
}

const BAD_RESPONSE: Reply = {
  status: 502,
  reason: 'bad-response',
  text: 'the server ended the connection in mid-answer, or what it answered is no HTTP',
};
const PERMISSION_LOST: Reply = {
  status: 403,
  reason: 'permission-lost',
  text: 'what permitted this request changed while it was under way; it may have been acted on',
};
const REQUEST_TIMEOUT: Reply = {
  status: 504,
  reason: 'request-timeout',
  text: 'no answer came within the time that the service allows',
};
