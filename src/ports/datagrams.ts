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
  /**
   * `port` 0 takes any free one. With `reusePort`, processes of one user may bind it together that all say so: the
   * kernel gives all that one sender sends to one of them. Throws a `SelvageError` (ADDRESS_IN_USE, ADDRESS_UNAVAILABLE).
   */
  bind(
    at: SocketAddress & { readonly reusePort?: boolean },
    handlers: DatagramHandlers,
  ): DatagramSocket;
  /**
   * A socket at a port that the kernel draws at random, which hears `to` and nobody else. Throws when
   * this host has no way there.
   */
  connect(to: SocketAddress, handlers: PeerDatagramHandlers): ConnectedDatagrams;
  /** Does a program of this host take what is sent to `at`, by the kernel's own table? */
  isTaken(at: SocketAddress): boolean;
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
  /** False: it was dropped at once. */
  send(bytes: Uint8Array, to: SocketAddress): boolean;
  close(): void;
}

export interface ConnectedDatagrams {
  /** False: it was dropped at once. */
  send(bytes: Uint8Array): boolean;
  close(): void;
}
