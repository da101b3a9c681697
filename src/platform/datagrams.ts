import type {
  ConnectedDatagrams,
  DatagramHandlers,
  DatagramSocket,
  Datagrams,
  PeerDatagramHandlers,
  SocketAddress,
} from '../ports/index.ts';
import { isBoundForDatagrams } from './bound-datagrams.ts';
import { listenError } from './errors.ts';
import { systemErrorCode } from './system-error.ts';

/** Of the runtime: SO_REUSEPORT. Its types do not list it yet. */
const REUSE_PORT = { flags: 4 };

/**
 * Real datagrams. Every socket has a handler for errors: without one, a peer that is gone would end the
 * process by the host's answer that nobody listens there.
 */
export const bunDatagrams: Datagrams = {
  bind({ host, port, reusePort = false }, handlers: DatagramHandlers): DatagramSocket {
    try {
      const socket = opened(
        Bun.udpSocket({
          hostname: host,
          port,
          ...(reusePort ? REUSE_PORT : {}),
          socket: {
            data: (_socket, bytes, port, host) => handlers.received(bytes, { host, port }),
            error: (...given: unknown[]) => tellDefect(given), // a peer that is gone is no matter here
          },
        }),
      );
      return {
        port: socket.port,
        send: (bytes, to) => sendDespite(() => socket.send(bytes, to.port, to.host)),
        close: () => socket.close(),
      };
    } catch (cause) {
      throw listenError(cause, host, port);
    }
  },

  connect(to: SocketAddress, handlers: PeerDatagramHandlers): ConnectedDatagrams {
    const socket = opened(
      Bun.udpSocket({
        connect: { hostname: to.host, port: to.port },
        socket: {
          data: (_socket, bytes) => handlers.received(bytes),
          error: (...given: unknown[]) => {
            if (given.some((error) => systemErrorCode(error) === 'ECONNREFUSED'))
              handlers.refused();
            else tellDefect(given);
          },
        },
      }),
    );
    return {
      send: (bytes) => sendDespite(() => socket.send(bytes)),
      close: () => socket.close(),
    };
  },

  isTaken: (at) => isBoundForDatagrams(at),
};

/** The runtime opens the socket before it returns, and throws when it cannot: its promise is kept already. */
function opened<Socket>(promise: Promise<Socket>): Socket {
  const socket = Bun.peek(promise);
  if (socket instanceof Promise) throw new TypeError('a datagram socket is not open yet');
  return socket;
}

/**
 * What the system says of datagrams has a code; the rest was thrown by a handler, and is a defect of ours.
 * The runtime gives the error alone, where its types have the socket before it.
 */
function tellDefect(given: readonly unknown[]): void {
  const error = given.find((one) => one instanceof Error);
  if (systemErrorCode(error) === undefined) void Promise.reject(error);
}

/**
 * What the host said of an earlier datagram ("nobody listens there") comes up at the next one, whomever
 * that is for, and in its place: so it is sent once more.
 */
function sendDespite(send: () => boolean): boolean {
  try {
    return send();
  } catch (error) {
    if (systemErrorCode(error) !== 'ECONNREFUSED') return false; // lost, as datagrams may be
  }
  try {
    return send();
  } catch {
    return false;
  }
}
