import type { Channel, ChannelHandlers, ChannelListener } from '../ports/index.ts';
import { listenError, PlatformError } from './errors.ts';
import { begin, relay, SocketChannel, type SocketData } from './socket-channel.ts';

/** TLS 1.3 as Bun wants it: without the number, 1.2 is accepted too. */
const TLS_1_3 = 0x0304;
/** RFC 9266: what both ends of one connection know and nobody between two connections can make equal. */
const BINDING = { label: 'EXPORTER-Channel-Binding', bytes: 32 };
const CONNECT_TIMEOUT_MS = 5_000;
/** How long a client may take for its handshake, milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** Clients in the handshake at once: it takes milliseconds, so more is a flood, in which the oldest make way. */
export const MAX_HANDSHAKES = 256;

export interface TlsServerOptions {
  readonly host: string;
  readonly port: number;
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
  /** Default: 5 seconds. */
  readonly handshakeTimeoutMs?: number;
}

/** Takes a client that is through the handshake; see {@link TlsConnection} for the binding. */
export type AcceptTls = (
  channel: Channel,
  remoteAddress: string,
  binding: Uint8Array,
) => ChannelHandlers;

/**
 * Listens for TLS 1.3 without asking for a client certificate. Who connects and does not get through the
 * handshake is cut when the time is over, or when {@link MAX_HANDSHAKES} others came after. Whoever does is handed
 * over with the binding of its connection (RFC 9266), which its other end knows as well.
 */
export function listenTls(options: TlsServerOptions, accept: AcceptTls): ChannelListener {
  /** In the order in which they came. */
  const inHandshake = new Set<{ terminate(): void }>();
  try {
    const listener = Bun.listen<SocketData>({
      hostname: options.host,
      port: options.port,
      tls: {
        cert: options.certificateChainPem,
        key: options.privateKeyPem,
        minVersion: TLS_1_3,
      } as Bun.TLSOptions, // Bun takes a numeric minVersion, which its types leave out
      socket: {
        ...relay,
        // With a handler for the handshake, Bun calls this before it, else after it.
        open(socket) {
          inHandshake.add(socket);
          setTimeout(() => {
            if (inHandshake.has(socket)) socket.terminate();
          }, options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS).unref();
          const [oldest] = inHandshake;
          if (oldest === undefined || inHandshake.size <= MAX_HANDSHAKES) return;
          inHandshake.delete(oldest);
          oldest.terminate();
        },
        handshake(socket, isDone) {
          inHandshake.delete(socket);
          if (!isDone) return socket.terminate();
          begin(socket, (channel) => accept(channel, socket.remoteAddress, bindingOf(socket)));
        },
        close(socket) {
          inHandshake.delete(socket);
          relay.close(socket);
        },
        error: (socket) => socket.terminate(),
      },
    });
    return { port: listener.port, stop: () => listener.stop(true) };
  } catch (cause) {
    throw listenError(cause, options.host, options.port);
  }
}

/** A connection to a server that is still to be judged. */
export interface TlsConnection {
  readonly channel: Channel;
  /** The server's leaf, DER. */
  readonly certificate: Uint8Array;
  /** Of this connection, 32 bytes (RFC 9266). */
  readonly binding: Uint8Array;
}

const bindingOf = (socket: Bun.Socket<SocketData>): Uint8Array =>
  new Uint8Array(socket.exportKeyingMaterial(BINDING.bytes, BINDING.label, Buffer.alloc(0)));

/**
 * Connects by TLS 1.3 and hands out the server's leaf certificate (DER), which the caller must judge
 * before it sends anything: nothing is verified here but the handshake itself.
 *
 * @throws PlatformError CONNECTION_FAILED
 */
export async function connectTls(
  host: string,
  port: number,
  handlers: (channel: Channel) => ChannelHandlers,
): Promise<TlsConnection> {
  const failed = (cause?: unknown) =>
    new PlatformError('CONNECTION_FAILED', `no TLS connection to ${host}:${port}`, { cause });
  const handshake = Promise.withResolvers<Omit<TlsConnection, 'channel'>>();
  const timeout = setTimeout(() => handshake.reject(failed('timeout')), CONNECT_TIMEOUT_MS);
  try {
    const socket = await Bun.connect<SocketData>({
      hostname: host,
      port,
      tls: { rejectUnauthorized: false, minVersion: TLS_1_3 } as Bun.TLSOptions, // as above
      socket: {
        ...relay,
        open: (socket) => begin(socket, handlers),
        handshake(socket) {
          const certificate = socket.getPeerX509Certificate()?.raw;
          if (certificate === undefined) handshake.reject(failed('no certificate'));
          else
            handshake.resolve({
              certificate: new Uint8Array(certificate),
              binding: bindingOf(socket),
            });
        },
        close(socket) {
          handshake.reject(failed('closed'));
          relay.close(socket);
        },
        error: (socket) => socket.terminate(),
      },
    });
    const shaken = await handshake.promise;
    return { channel: socket.data ?? new SocketChannel(socket), ...shaken };
  } catch (cause) {
    throw cause instanceof PlatformError ? cause : failed(cause);
  } finally {
    clearTimeout(timeout);
  }
}
