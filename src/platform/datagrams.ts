import type {
  ConnectedDatagrams,
  DatagramHandlers,
  DatagramSocket,
  Datagrams,
  PeerDatagramHandlers,
  SocketAddress,
} from '../ports/index.ts';
import { listenError } from './errors.ts';
import { systemErrorCode } from './system-error.ts';

/**
 * Real datagrams. Every socket has a handler for errors: without one, a peer that is gone would end the
 * process by the host's answer that nobody listens there.
 */
export const bunDatagrams: Datagrams = {
  async bind(at: SocketAddress, handlers: DatagramHandlers): Promise<DatagramSocket> {
    try {
      const socket = await Bun.udpSocket({
        hostname: at.host,
        port: at.port,
        socket: {
          data: (_socket, bytes, port, host) => handlers.received(bytes, { host, port }),
          error: (...given: unknown[]) => tellDefect(given), // a peer that is gone is no matter here
        },
      });
      return {
        port: socket.port,
        send: (bytes, to) => sendDespite(() => socket.send(bytes, to.port, to.host)),
        close: () => socket.close(),
      };
    } catch (cause) {
      throw listenError(cause, at.host, at.port);
    }
  },

  async connect(to: SocketAddress, handlers: PeerDatagramHandlers): Promise<ConnectedDatagrams> {
    const socket = await Bun.udpSocket({
      connect: { hostname: to.host, port: to.port },
      socket: {
        data: (_socket, bytes) => handlers.received(bytes),
        error: (...given: unknown[]) => {
          if (given.some((error) => systemErrorCode(error) === 'ECONNREFUSED')) handlers.refused();
          else tellDefect(given);
        },
      },
    });
    return {
      send: (bytes) => sendDespite(() => socket.send(bytes)),
      close: () => socket.close(),
    };
  },
};

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
function sendDespite(send: () => boolean): void {
  for (const isLast of [false, true]) {
    try {
      send();
      return;
    } catch (error) {
      if (isLast || systemErrorCode(error) !== 'ECONNREFUSED') return; // lost, as datagrams may be
    }
  }
}
