import type { SocketError } from '../../ports/index.ts';
import type { ClientHalf, RequestListener } from '../http/halves.ts';
import { ByteQueue } from '../http2/byte-queue.ts';
import { NO_BYTES } from '../no-bytes.ts';
import type { Party, PartySocket } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import type { Flushable } from '../turn.ts';

/** As a kernel says it. */
const RESET: SocketError = Object.assign(new Error('the stream was reset'), { code: 'ECONNRESET' });

/**
 * A stream of HTTP/2 that carries a connection, as the socket of that connection: whoever can serve a client on a
 * socket can serve it here. Events are told at the end of a turn where a socket's own would come later, too.
 */
export class StreamSocket implements PartySocket, RequestListener, Flushable {
  data: Party = NOBODY;
  readonly remoteAddress: string;
  readonly remotePort = 0;
  readonly authorized = false;
  readonly #runtime: Runtime;
  readonly #stream: ClientHalf;
  readonly #gone: (socket: StreamSocket) => void;
  /** What came while it was not read: no more than the stream's window. */
  readonly #unread = new ByteQueue();
  #isPaused = false;
  /** `drained` is owed. */
  #isFull = false;
  #hasEnded = false;
  #endTold = false;
  #isShut = false;
  #error: SocketError | undefined;
  #isOver = false;
  #closeTold = false;

  /** `gone`: told once, when it is closed. */
  constructor(
    runtime: Runtime,
    stream: ClientHalf,
    remoteAddress: string,
    gone: (socket: StreamSocket) => void,
  ) {
    this.#runtime = runtime;
    this.#stream = stream;
    this.remoteAddress = remoteAddress;
    this.#gone = gone;
  }

  // The socket.

  write(bytes: Uint8Array, from = 0, length = bytes.length - from): number {
    if (this.#isOver || this.#isShut) return -1;
    if (this.#isFull) return 0;
    const part = Buffer.from(bytes.buffer, bytes.byteOffset + from, length);
    this.#isFull = !this.#stream.send(part, 0, length, false);
    return length;
  }

  shutdown(): void {
    if (this.#isOver || this.#isShut) return;
    this.#isShut = true;
    this.#stream.send(NO_BYTES, 0, 0, true);
    this.#closeIfDone();
  }

  end(): void {
    this.shutdown();
    this.resume(); // what still comes is of no interest, and must not keep it open
  }

  terminate(): void {
    if (this.#isOver) return;
    this.#stream.breakOff();
    this.#close(undefined);
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream.hold();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#stream.release();
    if (this.#unread.size > 0 || this.#hasEnded) this.#runtime.turn.add(this);
  }

  setKeepAlive(): boolean {
    return true; // the connection below has its own
  }

  getPeerX509Certificate(): undefined {
    return undefined;
  }

  getServername(): undefined {
    return undefined;
  }

  isSessionReused(): boolean {
    return false;
  }

  getSession(): undefined {
    return undefined;
  }

  setSession(): void {
    // There is no handshake in it.
  }

  // The stream.

  requestContent(bytes: Buffer, from: number, to: number, ended: boolean): void {
    if (this.#isOver) return;
    if (this.#isPaused || this.#unread.size > 0) this.#keep(bytes, from, to);
    else if (to > from) this.data.received(bytes.subarray(from, to));
    if (!ended) return;
    this.#hasEnded = true;
    this.#tellEnd();
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    this.#unread.append(bytes, from, to);
    this.#runtime.census.heldBytes += to - from;
  }

  #tellEnd(): void {
    if (!this.#hasEnded || this.#endTold || this.#isPaused || this.#unread.size > 0) return;
    this.#endTold = true;
    this.data.ended();
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#endTold && this.#isShut) this.#close(undefined);
  }

  requestTrailers(): void {
    this.requestContent(NO_BYTES, 0, 0, true);
  }

  requestMalformed(): void {
    this.terminate();
  }

  clientDrained(): void {
    if (!this.#isFull || this.#isOver) return;
    this.#isFull = false;
    this.data.drained();
  }

  clientGone(): void {
    if (!this.#isOver) this.#close(RESET);
  }

  #close(error: SocketError | undefined): void {
    this.#isOver = true;
    this.#error = error;
    this.#discard();
    this.#runtime.turn.add(this);
  }

  #discard(): void {
    this.#runtime.census.heldBytes -= this.#unread.size;
    this.#unread.clear();
  }

  abandon(): void {
    this.terminate();
  }

  flush(): void {
    if (this.#isOver) this.#tellClose();
    else if (!this.#isPaused) this.#tellUnread();
  }

  #tellUnread(): void {
    const { bytes, from, to } = this.#unread;
    this.#discard();
    if (to > from) this.data.received(bytes.subarray(from, to));
    this.#tellEnd();
  }

  #tellClose(): void {
    if (this.#closeTold) return;
    this.#closeTold = true;
    this.#gone(this);
    this.data.closed(this.#error);
  }
}

/** Until somebody takes it over. */
const NOBODY: Party = {
  received: () => undefined,
  drained: () => undefined,
  ended: () => undefined,
  closed: () => undefined,
};
