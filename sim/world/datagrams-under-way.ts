import type { SocketAddress } from '../../src/ports/index.ts';
import type { BoundSocket } from './datagrams.ts';
import type { SimHost } from './host.ts';
import type { Turn } from './process.ts';
import type { WorldEvent } from './timeline.ts';
import { contentDigest } from './trace.ts';

/**
 * Small datagrams that a kernel holds for a process that does not read: Linux's 212,992 bytes by
 * default, each counted with the 768 bytes that it takes at least.
 */
export const RECEIVE_BUFFER_DATAGRAMS = 277;
/** Those that a process holds which takes them from the kernel at once and works them off late, as memberlist does. */
export const READ_QUEUE_DATAGRAMS = 1_024;
/** In the trace. */
const DATAGRAM = 2;

/**
 * The datagrams that were sent and have not been read. Whoever reads one may not keep its bytes, so the next of its
 * length takes its place: there are few lengths, and tens of millions of datagrams.
 */
export class DatagramsUnderWay {
  /** Those that are over, by their length. */
  readonly #over: DatagramUnderWay[][] = [];

  /** A copy of `bytes`, which arrives at this port when it happens. */
  begin(bytes: Uint8Array, from: SocketAddress, to: SimHost, port: number): DatagramUnderWay {
    const over = this.#overOf(bytes.length);
    const datagram = over.pop();
    if (datagram === undefined) return new DatagramUnderWay(bytes.slice(), from, to, port, over);
    datagram.beginAgain(bytes, from, to, port);
    return datagram;
  }

  #overOf(length: number): DatagramUnderWay[] {
    const known = this.#over[length];
    if (known !== undefined) return known;
    const none: DatagramUnderWay[] = [];
    this.#over[length] = none;
    return none;
  }
}

/** One of them. */
export class DatagramUnderWay implements WorldEvent, Turn {
  readonly isTimer = false;
  readonly #bytes: Uint8Array;
  #from: SocketAddress;
  #to: SimHost;
  #port: number;
  #socket: BoundSocket | undefined;
  readonly #over: DatagramUnderWay[];

  /** @param over where it is put when it is over */
  constructor(
    bytes: Uint8Array,
    from: SocketAddress,
    to: SimHost,
    port: number,
    over: DatagramUnderWay[],
  ) {
    this.#bytes = bytes;
    this.#from = from;
    this.#to = to;
    this.#port = port;
    this.#over = over;
  }

  /** Another of this length. */
  beginAgain(bytes: Uint8Array, from: SocketAddress, to: SimHost, port: number): void {
    this.#bytes.set(bytes);
    this.#from = from;
    this.#to = to;
    this.#port = port;
  }

  happen(): void {
    const socket = this.#to.socketAt(this.#port);
    if (socket?.takesOne() !== true) {
      this.#over.push(this);
      return;
    }
    this.#socket = socket;
    socket.process.turn(this);
  }

  /** Of a process that ends before its turn, it is never over: that is rare. */
  run(): void {
    const socket = this.#socket;
    if (socket?.isOpen === true) {
      const { timeline } = socket.process;
      timeline.trace.note(timeline.now, this.#to.number, DATAGRAM, contentDigest(this.#bytes));
      socket.read(this.#bytes, this.#from);
    }
    this.#over.push(this);
  }
}
