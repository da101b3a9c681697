import type { Channel, ChannelHandlers, ChannelListener } from '../ports/index.ts';
import { begin, relay, SocketChannel, type SocketData } from './socket-channel.ts';
import { atUnixPath } from './unix-path.ts';
import { unreachable } from './unreachable-socket.ts';

/** Called with each new channel; `fd` is the socket's descriptor, for the kernel's facts about the peer. */
export type AcceptUnix = (channel: Channel, fd: number) => ChannelHandlers;

/**
 * Listens on a unix socket that has `mode` from its first moment on.
 *
 * @throws PlatformError SOCKET_IN_USE, SOCKET_PATH_TOO_LONG, FILE_UNWRITABLE
 */
export async function listenUnix(
  path: string,
  mode: number,
  accept: AcceptUnix,
): Promise<ChannelListener> {
  const listener = await atUnixPath(path, mode, () =>
    Bun.listen<SocketData>({
      unix: path,
      socket: {
        ...relay,
        open: (socket) => begin(socket, (channel) => accept(channel, fdOf(socket))),
        error: (socket) => socket.terminate(),
      },
    }),
  );
  return { port: 0, stop: () => listener.stop(true) };
}

/** Bun's socket has its descriptor as `fd`, which its types leave out. */
function fdOf(socket: object): number {
  const { fd } = socket as { fd?: unknown };
  return typeof fd === 'number' ? fd : -1;
}

/** `workload.sock` is for all users of the host; who may have which identity, attestation decides. */
const LET_THROUGH =
  'Let this user through the directories above it: a node’s data directory has mode 0711, its workload.sock 0666.';

/** Connects to a unix socket. Throws PlatformError SOCKET_UNREACHABLE when nobody answers. */
export async function connectUnix(
  path: string,
  handlers: (channel: Channel) => ChannelHandlers,
): Promise<Channel> {
  try {
    const socket = await Bun.connect<SocketData>({
      unix: path,
      socket: {
        ...relay,
        open: (socket) => begin(socket, handlers),
        error: (socket) => socket.terminate(),
      },
    });
    return socket.data ?? new SocketChannel(socket);
  } catch (cause) {
    throw unreachable(path, cause, LET_THROUGH);
  }
}
