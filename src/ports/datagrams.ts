/** One end of a conversation: an address literal and a port. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Datagrams (UDP): each arrives whole, or not at all. What cannot be sent is dropped, as the network
 * may do at any time.
 */
export interface Datagrams {
  /** `port` 0 takes any free one. Rejects with a `SelvageError` (ADDRESS_IN_USE, ADDRESS_UNAVAILABLE). */
  bind(at: SocketAddress, handlers: DatagramHandlers): Promise<DatagramSocket>;
  /**
   * A socket at a port that the kernel draws at random, which hears `to` and nobody else. Rejects when
   * this host has no way there.
   */
  connect(to: SocketAddress, handlers: PeerDatagramHandlers): Promise<ConnectedDatagrams>;
}

/** The bytes are only valid during the call. */
export interface DatagramHandlers {
  received(bytes: Uint8Array, from: SocketAddress): void;
}

export interface PeerDatagramHandlers {
  received(bytes: Uint8Array): void;
  /** The other host said that nobody listens there. */
  refused(): void;
}

export interface DatagramSocket {
  readonly port: number;
  send(bytes: Uint8Array, to: SocketAddress): void;
  close(): void;
}

export interface ConnectedDatagrams {
  send(bytes: Uint8Array): void;
  close(): void;
}
