import type { SocketAddress } from './datagrams.ts';

/**
 * Stream sockets, in the very shape of the runtime's own: the objects that arrive in the handlers
 * *are* the runtime's sockets, so the port costs nothing per event.
 */
export interface Socket<Data> {
  /** Whoever owns the connection now; the owner may put another in its place. */
  data: Data;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** TLS servers: did the peer's chain lead to an authority of the context? Never trust `ok` there. */
  readonly authorized: boolean;
  /**
   * How many bytes were taken, from the front; -1 when the socket is closed. Keep the rest, go on in `drain`.
   * Part of `bytes`: give both, where it begins and how long it is.
   */
  write(bytes: Uint8Array): number;
  write(bytes: Uint8Array, from: number, length: number): number;
  /** Closes the write side; the peer's bytes still arrive. */
  shutdown(): void;
  /** Closes both directions in order, once all was written; what the peer still sends is answered with a reset. */
  end(): void;
  /** Closes at once with a reset; what was not sent yet is dropped. */
  terminate(): void;
  /** Stops reading; the kernel's window then stops the peer. A reset is still noticed, an end is not. */
  pause(): void;
  resume(): void;
  setKeepAlive(enable: boolean, initialDelayMs: number): boolean;
  /** TLS: the peer's leaf; undefined when it showed none. */
  getPeerX509Certificate(): { readonly raw: Uint8Array } | undefined;
  /** TLS servers: the name that the client asked for. */
  getServername(): string | undefined;
  /** TLS: was an earlier session taken up again? The leaf is that session's; nothing was checked anew. */
  isSessionReused(): boolean;
  /** TLS. Of clients, once bytes have come: by which another connection can take this session up again. */
  getSession(): Uint8Array | undefined;
  /** TLS clients, in `open`: offers the session of an earlier connection. The server may decline it. */
  setSession(session: Uint8Array): void;
}

/** Bytes in `data` are only valid during the call: copy what is kept. */
export interface SocketHandlers<Data> {
  open(socket: Socket<Data>): void;
  /** TLS only, before any data. `error` is null when the runtime's own checks passed. */
  handshake?(socket: Socket<Data>, ok: boolean, error: SocketError | null): void;
  data(socket: Socket<Data>, bytes: Buffer): void;
  drain(socket: Socket<Data>): void;
  /** The peer closed its write side; ours stays open until `shutdown`. */
  end(socket: Socket<Data>): void;
  /** The last event of a socket that opened; `error` when it was reset. */
  close(socket: Socket<Data>, error?: SocketError): void;
  /** A handler threw: a defect of ours. */
  error(socket: Socket<Data>, error: Error): void;
}

export interface DialHandlers<Data> extends SocketHandlers<Data> {
  /** Never opened. May be told twice of one failure. */
  connectError(socket: { readonly data: Data }, error: SocketError): void;
}

export interface SocketError extends Error {
  /** `ECONNREFUSED`, `CERT_HAS_EXPIRED`, … */
  readonly code?: string;
}

/** A certificate chain, its key and the authorities that a peer must lead to; all PEM. */
export interface TlsIdentity {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
  readonly authoritiesPem: readonly string[];
}

/** A {@link TlsIdentity}, parsed once for many connections. Only the adapter looks inside. */
export interface TlsContext {
  readonly kind: 'tls-context';
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsContext;
  readonly reusePort?: boolean;
}

export interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly context: TlsContext; readonly serverName: string };
}

export interface SocketListener {
  readonly port: number;
  /** Accepts no more; accepted sockets stay. */
  stop(): void;
}

/** By which group the two ends of a TLS connection agreed on their keys; the first one is safe from quantum computers too. */
export type KeyExchange = 'X25519MLKEM768' | 'X25519' | 'secp256r1' | 'other' | 'unknown';

/** All TLS here is TLS 1.3 with certificates on both sides, and HTTP/2 by ALPN (RFC 7301). Half-open connections are kept open. */
export interface Sockets {
  /** Throws when `identity` cannot be parsed or key and certificate do not belong together. */
  tlsContext(identity: TlsIdentity): TlsContext;
  /**
   * `port` 0 takes any free one. With `reusePort`, processes of one user may listen together that all say
   * so: the kernel gives each connection to one of them. Throws a `SelvageError` (ADDRESS_IN_USE,
   * ADDRESS_UNAVAILABLE).
   */
  listen<Data>(options: ListenOptions, handlers: SocketHandlers<Data>): SocketListener;
  /** In `open` on a TLS listener: shows this context to that one client instead of the listener's. No ALPN then. */
  present<Data>(socket: Socket<Data>, context: TlsContext): void;
  /**
   * Opens a connection owned by `data`. With `tls`, names are not compared and a bad chain is only
   * reported, in `handshake`: the caller checks the peer before it writes.
   */
  connect<Data>(options: ConnectOptions, data: Data, handlers: DialHandlers<Data>): void;
  /**
   * Where the client of an accepted connection wanted to go, when the kernel redirected it to our listener
   * (SO_ORIGINAL_DST): an address literal in its shortest form, and a port. Undefined when it came straight.
   */
  originalDestination<Data>(socket: Socket<Data>): SocketAddress | undefined;
  /** TLS, once the handshake is over: costs a few microseconds. */
  keyExchange<Data>(socket: Socket<Data>): KeyExchange;
  /** Calls `run` once, when all events that are ready now were told, before the loop waits for others. */
  afterEvents(run: () => void): void;
}
