import type { Timed } from '../deadlines.ts';
import type { Malformation } from '../http/refusal.ts';
import { malformed, type Reply } from '../http/reply.ts';
import { HEAD_TIMEOUT_MS, IDLE_CLIENT_MS, LINGER_MS } from '../limits.ts';
import { Outflow } from '../outflow.ts';
import type { Party, PartySocket } from '../party.ts';
import { Relay } from '../relay.ts';
import type { Runtime } from '../runtime.ts';
import { admit } from './admission.ts';
import { MALFORMED } from './body.ts';
import { Carry } from './carry.ts';
import { Exchange } from './exchange.ts';
import { headEnd, readRequestHead } from './head.ts';
import type { Hop } from './hop.ts';
import { replyBytes } from './reply.ts';
import type { Upstream } from './upstream.ts';

/** Why a client's connection is not read now. */
const HOLDS = { 'no-upstream': 1, 'upstream-full': 2, 'next-request': 4 } as const;

/** One client's HTTP/1.1 connection: reads one request after another, and has one exchange at a time. */
export class Downstream implements Party, Timed {
  dueMs: number;
  readonly outflow: Outflow;
  readonly #runtime: Runtime;
  readonly #socket: PartySocket;
  readonly #hop: Hop;
  readonly #sourceIp: string;
  #exchange: Exchange | undefined;
  /** Bytes of the next head, or of requests that wait for their turn. */
  readonly #carry = new Carry();
  #holds = 0;
  /** A part of a head arrived, or the connection is new. */
  #inHead = true;
  #closed = false;
  /** Nothing more is read: the last answer is on its way out. */
  #lingering = false;
  #ended = false;

  constructor(runtime: Runtime, socket: PartySocket, hop: Hop) {
    this.#runtime = runtime;
    this.#socket = socket;
    this.#hop = hop;
    this.outflow = new Outflow(socket, runtime.census);
    this.#sourceIp = socket.remoteAddress;
    this.dueMs = Math.min(runtime.deadlines.now() + HEAD_TIMEOUT_MS, hop.endsAtMs);
  }

  /** Takes the connection over. */
  start(): void {
    this.#socket.data = this;
    this.#runtime.deadlines.add(this);
    this.#hop.gate.metrics.opened();
  }

  now(): number {
    return this.#runtime.deadlines.now();
  }

  /** From now on; never beyond the end of the client's certificate. */
  awaitFor(spanMs: number): void {
    this.#awaitUntil(this.now() + spanMs);
  }

  #awaitUntil(dueMs: number): void {
    this.dueMs = Math.min(dueMs, this.#hop.endsAtMs);
  }

  /** After this exchange, is there a next one? */
  keepsAlive(exchange: Exchange): boolean {
    return (
      exchange.request.keepAlive &&
      exchange.requestDone &&
      !this.#runtime.connections.isRetiring &&
      !this.#ended
    );
  }

  hold(reason: keyof typeof HOLDS): void {
    if (this.#holds === 0) this.#socket.pause();
    this.#holds |= HOLDS[reason];
  }

  release(reason: keyof typeof HOLDS): void {
    const before = this.#holds;
    this.#holds &= ~HOLDS[reason];
    if (before !== 0 && this.#holds === 0) this.#socket.resume();
  }

  received(bytes: Buffer): void {
    if (this.#lingering) return;
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.#readRequests(this.#carry.take(bytes));
      return;
    }
    const used = exchange.requestDone ? 0 : exchange.continue(bytes);
    if (used === MALFORMED) exchange.reply(malformed('bad-chunk'));
    else if (used < bytes.length) this.#keep(this.#carry.take(bytes.subarray(used)));
  }

  /** Begins exchanges until one is under way or more bytes are needed. */
  #readRequests(bytes: Buffer): void {
    let { searched } = this.#carry;
    let left = bytes;
    while (left.length > 0 && !this.#lingering) {
      if (this.#exchange !== undefined || this.outflow.full) {
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
    // RFC 9112 section 2.2: empty lines before a request are skipped.
    if (bytes[0] === 0x0d && bytes[1] === 0x0a) return 2;
    const end = headEnd(bytes, searched);
    if (!end.ok) return this.#refuse(end.error, bytes.length);
    if (end.value === 0) {
      if (!this.#inHead) this.awaitFor(HEAD_TIMEOUT_MS);
      this.#inHead = true;
      return 0;
    }
    this.#inHead = false;
    const head = readRequestHead(bytes.toString('latin1', 0, end.value));
    if (!head.ok) return this.#refuse(head.error, bytes.length);
    const startedMs = this.now();
    const exchange = new Exchange(this, this.#hop, head.value, startedMs);
    const used = exchange.begin(bytes, end.value);
    if (used === MALFORMED) return this.#refuse('bad-chunk', bytes.length);
    this.#exchange = exchange;
    this.#runtime.census.exchanges += 1;
    this.#awaitUntil(startedMs + this.#hop.requestTimeoutMs);
    admit(exchange, this.#hop, this.#sourceIp);
    return used;
  }

  /** The client's next bytes have no certain meaning: answers, and reads no more. */
  #refuse(malformation: Malformation, used: number): number {
    const reply = malformed(malformation);
    const { metrics } = this.#hop.gate;
    this.#answerLast(reply);
    metrics.answered(reply.status, 0);
    this.#runtime.limitedLog.info('refused a request', malformation, { ...metrics.labels });
    return used;
  }

  #answerLast(reply: Reply): void {
    this.outflow.send(replyBytes(reply, undefined, true));
    this.#linger(this.now());
  }

  /** Keeps what belongs to later requests, and reads no further until their turn. */
  #keep(bytes: Buffer): void {
    this.#carry.hold(bytes, 0);
    this.hold('next-request');
  }

  /** The exchange is over; `keep`: read the next request. */
  exchangeOver(keep: boolean, nowMs: number): void {
    this.#runtime.census.exchanges -= 1;
    this.#exchange = undefined;
    if (this.#closed) return;
    this.release('no-upstream');
    this.release('upstream-full');
    if (!keep) {
      this.#linger(nowMs);
      return;
    }
    this.#awaitUntil(nowMs + IDLE_CLIENT_MS);
    this.#readWaiting();
  }

  #readWaiting(): void {
    if (this.#carry.isEmpty || this.#exchange !== undefined) return;
    this.release('next-request');
    this.#readRequests(this.#carry.take());
  }

  /** Lets the last answer out. The client's further bytes are read and dropped for a while: a reset would take the answer away from it (RFC 9112 section 9.6). */
  #linger(nowMs: number): void {
    this.#lingering = true;
    this.#carry.clear();
    this.#holds = 0;
    this.#socket.resume();
    this.outflow.finish();
    this.#awaitUntil(nowMs + LINGER_MS);
  }

  drained(): void {
    if (!this.outflow.flush()) return;
    this.#exchange?.clientDrained();
    this.#readWaiting();
  }

  ended(): void {
    this.#ended = true;
    if (this.#exchange?.requestDone === false) this.reset();
    else if (this.#exchange === undefined) this.outflow.finish();
  }

  review(): void {
    this.#exchange?.review();
  }

  expired(): void {
    if (this.#lingering || this.now() >= this.#hop.endsAtMs) this.reset();
    else if (this.#exchange !== undefined) this.#exchange.expired();
    else if (this.#carry.isEmpty) this.#linger(this.now());
    else this.#answerLast(HEAD_TIMEOUT);
  }

  drain(): void {
    if (this.#exchange === undefined && !this.#lingering) this.#linger(this.now());
  }

  reset(): void {
    this.#socket.terminate();
  }

  closed(): void {
    this.#closed = true;
    this.#exchange?.abort();
    this.outflow.discard();
    this.#release();
  }

  #release(): void {
    this.#runtime.deadlines.remove(this);
    this.#runtime.census.clients -= 1;
    this.#hop.gate.metrics.closed();
  }

  /** After 101: both connections carry bytes from now on, `rest` being the first from the server. */
  becomeTunnel(upstream: Upstream, rest: Buffer | undefined, exchange: Exchange): void {
    const { deadlines, census } = this.#runtime;
    deadlines.remove(this);
    upstream.detach();
    census.exchanges -= 1;
    const client = { socket: this.#socket, outflow: this.outflow, closed: () => this.#release() };
    const server = {
      socket: upstream.socket,
      outflow: upstream.outflow,
      closed: () => upstream.release(),
    };
    const endsAtMs = Math.min(this.#hop.endsAtMs, upstream.endsAtMs);
    const grant = { permission: exchange.permission, callee: upstream.peer, endsAtMs };
    new Relay(this.#runtime, client, server, grant).start();
    if (rest !== undefined) this.outflow.send(rest);
    if (!this.#carry.isEmpty) upstream.outflow.send(this.#carry.take());
    this.#carry.clear();
  }
}

const HEAD_TIMEOUT: Reply = {
  status: 408,
  reason: 'request-head-timeout',
  text: `the request's head did not arrive within ${HEAD_TIMEOUT_MS / 1_000} s`,
};
