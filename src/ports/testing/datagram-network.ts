import type { DatagramHandlers, DatagramSocket, Datagrams, SocketAddress } from '../datagrams.ts';
import type { Clock } from '../time.ts';

/** Hosts whose datagrams to each other arrive a little later by one clock; a test may lose them. */
export class DatagramNetwork {
  readonly #clock: Clock;
  readonly #latencyMs: number;
  readonly #sockets = new Map<string, DatagramHandlers>();
  /** Decides for each datagram whether it is lost. */
  loses: (from: SocketAddress, to: SocketAddress) => boolean = () => false;
  /** Of all that was sent. */
  sent = 0;

  constructor(clock: Clock, latencyMs = 1) {
    this.#clock = clock;
    this.#latencyMs = latencyMs;
  }

  /** The port, as one of the hosts has it. */
  readonly datagrams: Datagrams = {
    bind: (at, handlers) => this.#bind(at, handlers),
    connect: () => {
      throw new Error('nobody connects datagrams here');
    },
    isTaken: (at) => this.#sockets.has(keyOf(at)),
  };

  #bind(at: SocketAddress, handlers: DatagramHandlers): DatagramSocket {
    const address = at.port === 0 ? { host: at.host, port: 40_000 + this.#sockets.size } : at;
    this.#sockets.set(keyOf(address), handlers);
    return {
      port: address.port,
      send: (bytes, to) => this.#send(bytes.slice(), address, to),
      close: () => void this.#sockets.delete(keyOf(address)),
    };
  }

  #send(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): boolean {
    this.sent += 1;
    if (this.loses(from, to)) return true;
    this.#clock.after(this.#latencyMs, () => {
      this.#sockets.get(keyOf(to))?.received(bytes, from);
    });
    return true;
  }
}

const keyOf = ({ host, port }: SocketAddress): string => `${host}:${port}`;
