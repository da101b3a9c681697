import type { ChannelHandlers, Channels, SocketAddress } from '../ports/index.ts';
import { listenError, PlatformError } from './errors.ts';
import { relay, SocketChannel, type SocketData } from './socket-channel.ts';

/** Bytes that may wait for a slow reader before its channel is cut: a few of the longest messages. */
const MAX_QUEUED_BYTES = 256 * 1024;

/** Real channels over TCP. */
export const tcpChannels: Channels = {
  listen(at, accept) {
    try {
      const listener = Bun.listen<SocketData>({
        hostname: at.host,
        port: at.port,
        socket: {
          ...relay,
          open(socket) {
            const channel = new SocketChannel(socket, MAX_QUEUED_BYTES);
            socket.data = channel;
            const { remoteAddress: host, remotePort: port } = socket;
            channel.handlers = accept(channel, { host, port });
          },
          error: (socket) => socket.terminate(),
        },
      });
      return { port: listener.port, stop: () => listener.stop(true) };
    } catch (cause) {
      throw listenError(cause, at.host, at.port);
    }
  },

  async connect({ host, port }: SocketAddress, handlers: ChannelHandlers) {
    try {
      const socket = await Bun.connect<SocketData>({
        hostname: host,
        port,
        socket: {
          ...relay,
          open(socket) {
            const channel = new SocketChannel(socket, MAX_QUEUED_BYTES);
            socket.data = channel;
            channel.handlers = handlers;
          },
          error: (socket) => socket.terminate(),
        },
      });
      return socket.data ?? new SocketChannel(socket, MAX_QUEUED_BYTES);
    } catch (cause) {
      const message = `nobody answers on ${host}:${port}`;
      throw new PlatformError('CONNECTION_FAILED', message, { cause });
    }
  },
};
