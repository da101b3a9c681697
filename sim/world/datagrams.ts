import type {
  DatagramHandlers,
  DatagramSocket,
  Datagrams,
  SocketAddress,
} from '../../src/ports/index.ts';
import type { SimHost } from './host.ts';
import { LOST } from './network.ts';
import type { SimProcess, Turn } from './process.ts';
import type { WorldEvent } from './timeline.ts';
import { contentDigest } from './trace.ts';

/** Headers of IPv4 and UDP. */
const HEADER_BYTES = 28;
/** What a datagram may hold at most. */
const MAX_DATAGRAM_BYTES = 65_507;
const FIRST_EPHEMERAL_PORT = 49_152;
/**
 * Small datagrams that a kernel holds for a process that does not read: Linux's 212,992 bytes by
 * default, each counted with the 768 bytes that it takes at least.
 */
export const RECEIVE_BUFFER_DATAGRAMS = 277;
/** Those that a process holds which takes them from the kernel at once and works them off late, as memberlist does. */
export const READ_QUEUE_DATAGRAMS = 1_024;
/** In the trace. */
const DATAGRAM = 2;

/** Datagrams as one process sends and receives them. What membership asks for, and no more. */
export class SimDatagrams implements Pick<Datagrams, 'bind'> {
  readonly #process: SimProcess;
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(own: SimProcess) {
    this.#process = own;
  }

  bind(at: SocketAddress, handlers: DatagramHandlers): DatagramSocket {
    const { host } = this.#process;
    const port = at.port === 0 ? this.#nextPort++ : at.port;
    if (host.sockets.has(port)) throw new Error(`port ${port} of ${host.address} is taken`);
    const socket = new BoundSocket(this.#process, port, handlers);
    if (this.#process.isAlive) host.sockets.set(port, socket);
    return socket;
  }
}

/** An open port of one process. */
export class BoundSocket implements DatagramSocket {
  readonly port: number;
  readonly process: SimProcess;
  readonly handlers: DatagramHandlers;
  readonly #address: SocketAddress;
  #isClosed = false;
  /** Datagrams that came, and that the process has not looked at. */
  unread = 0;

  constructor(own: SimProcess, port: number, handlers: DatagramHandlers) {
    this.process = own;
    this.port = port;
    this.handlers = handlers;
    this.#address = own.host.at(port);
  }

  send(bytes: Uint8Array, to: SocketAddress): boolean {
    const { host } = this.process;
    if (!this.isOpen || bytes.length > MAX_DATAGRAM_BYTES) return false;
    host.traffic.add('datagram', bytes.length + HEADER_BYTES);
    const target = host.network.hostAt(to.host);
    if (target === undefined) return true;
    this.#carry(bytes, target, to.port, host.network.datagramMs(host, target));
    this.#carry(bytes, target, to.port, host.network.copyMs(host, target));
    return true;
  }

  close(): void {
    if (this.isOpen) this.process.host.sockets.delete(this.port);
    this.#isClosed = true;
  }

  /** It ends with its process, whoever holds it still. */
  get isOpen(): boolean {
    return !this.#isClosed && this.process.isAlive;
  }

  #carry(bytes: Uint8Array, target: SimHost, port: number, transitMs: number): void {
    if (transitMs === LOST) return;
    const { timeline } = this.process;
    const arrival = new DatagramArrival(target, port, bytes.slice(), this.#address);
    timeline.add(timeline.now + transitMs, arrival);
  }
}

class DatagramArrival implements WorldEvent, Turn {
  readonly isTimer = false;
  readonly #host: SimHost;
  readonly #port: number;
  readonly #bytes: Uint8Array;
  readonly #from: SocketAddress;
  #socket: BoundSocket | undefined;

  constructor(host: SimHost, port: number, bytes: Uint8Array, from: SocketAddress) {
    this.#host = host;
    this.#port = port;
    this.#bytes = bytes;
    this.#from = from;
  }

  happen(): void {
    const socket = this.#host.sockets.get(this.#port);
    if (socket === undefined) return;
    if (socket.process.isBehind) {
      const { isBlocked } = socket.process;
      if (socket.unread >= (isBlocked ? RECEIVE_BUFFER_DATAGRAMS : READ_QUEUE_DATAGRAMS)) return;
      socket.unread++;
    }
    this.#socket = socket;
    socket.process.turn(this);
  }

  run(): void {
    const socket = this.#socket;
    if (socket?.isOpen !== true) return;
    if (socket.unread > 0) socket.unread--;
    const { timeline } = socket.process;
    timeline.trace.note(timeline.now, this.#host.number, DATAGRAM, contentDigest(this.#bytes));
    socket.handlers.received(this.#bytes, this.#from);
  }
}
