import type {
  DatagramHandlers,
  DatagramSocket,
  Datagrams,
  SocketAddress,
} from '../../src/ports/index.ts';
import { READ_QUEUE_DATAGRAMS, RECEIVE_BUFFER_DATAGRAMS } from './datagrams-under-way.ts';
import type { SimHost } from './host.ts';
import { LOST, type Network } from './network.ts';
import type { SimProcess } from './process.ts';

/** Headers of IPv4 and UDP. */
const HEADER_BYTES = 28;
/** What a datagram may hold at most. */
const MAX_DATAGRAM_BYTES = 65_507;
const FIRST_EPHEMERAL_PORT = 49_152;

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
    if (host.socketAt(port) !== undefined)
      throw new Error(`port ${port} of ${host.address} is taken`);
    const socket = new BoundSocket(this.#process, port, handlers);
    if (this.#process.isAlive) host.opened(socket);
    return socket;
  }
}

/** An open port of one process. */
export class BoundSocket implements DatagramSocket {
  readonly port: number;
  readonly process: SimProcess;
  readonly #handlers: DatagramHandlers;
  readonly #host: SimHost;
  readonly #network: Network;
  /** Another one of its host. */
  next: BoundSocket | undefined;
  #isClosed = false;
  /** Datagrams that came while the process was behind, and that it has not looked at. */
  #unread = 0;

  constructor(own: SimProcess, port: number, handlers: DatagramHandlers) {
    this.process = own;
    this.port = port;
    this.#handlers = handlers;
    this.#host = own.host;
    this.#network = own.host.network;
  }

  send(bytes: Uint8Array, to: SocketAddress): boolean {
    const host = this.#host;
    if (!this.isOpen || bytes.length > MAX_DATAGRAM_BYTES) return false;
    host.traffic.add('datagram', bytes.length + HEADER_BYTES);
    const network = this.#network;
    const target = network.hostNamed(to);
    if (target === undefined) return true;
    this.#carry(bytes, target, to.port, network.datagramMs(host, target));
    this.#carry(bytes, target, to.port, network.copyMs(host, target));
    return true;
  }

  /** Is there room for one more that came? */
  takesOne(): boolean {
    if (!this.process.isBehind) return true;
    const { isBlocked } = this.process;
    if (this.#unread >= (isBlocked ? RECEIVE_BUFFER_DATAGRAMS : READ_QUEUE_DATAGRAMS)) return false;
    this.#unread++;
    return true;
  }

  /** One that it took. */
  read(bytes: Uint8Array, from: SocketAddress): void {
    if (this.#unread > 0) this.#unread--;
    this.#handlers.received(bytes, from);
  }

  close(): void {
    if (this.isOpen) this.#host.closed(this);
    this.#isClosed = true;
  }

  /** It ends with its process, whoever holds it still. */
  get isOpen(): boolean {
    return !this.#isClosed && this.process.isAlive;
  }

  #carry(bytes: Uint8Array, target: SimHost, port: number, transitMs: number): void {
    if (transitMs === LOST) return;
    const { timeline } = this.process;
    const from = this.#host.at(this.port);
    const datagram = this.#network.underWay.begin(bytes, from, target, port);
    timeline.add(timeline.now + transitMs, datagram);
  }
}
