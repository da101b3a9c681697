import type { Channel, ChannelHandlers, ChannelListener } from '../ports/index.ts';
import { PlatformError } from './errors.ts';
import { atUnixPath } from './unix-path.ts';

/** Bytes that may wait for a slow reader before its channel is cut: two whole snapshots of 16 MiB. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
/** How long a closed channel may take to hand over what is queued, milliseconds; then it is cut. */
const CLOSING_LIMIT_MS = 5_000;

interface RawSocket {
  write(bytes: Uint8Array): number;
  end(): void;
  terminate(): void;
  pause(): void;
  resume(): void;
}

/** A {@link Channel} over one Bun socket: keeps what the kernel did not take, in order and bounded. */
export class SocketChannel implements Channel {
  readonly #socket: RawSocket;
  readonly #maxQueuedBytes: number;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #ending = false;
  #closed = false;
  handlers: ChannelHandlers | undefined;

  constructor(socket: RawSocket, maxQueuedBytes = MAX_QUEUED_BYTES) {
    this.#socket = socket;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#ending) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.drain();
    if (this.#queuedBytes > this.#maxQueuedBytes) this.#socket.terminate();
  }

  close(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.drain();
    // A reader that takes nothing must not hold the connection for ever.
    if (!this.#closed) setTimeout(() => this.#cut(), CLOSING_LIMIT_MS).unref();
  }

  pause(): void {
    if (!this.#closed) this.#socket.pause();
  }

  resume(): void {
    if (!this.#closed) this.#socket.resume();
  }

  /** The socket is gone, for whatever reason. */
  closed(): void {
    this.#closed = true;
    this.#ending = true;
    this.#queue = [];
    this.handlers?.closed();
  }

  drain(): void {
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      const taken = Math.max(0, this.#socket.write(head));
      this.#queuedBytes -= taken;
      if (taken < head.length) {
        this.#queue[0] = head.subarray(taken);
        return;
      }
      this.#queue.shift();
    }
    if (this.#ending) this.#socket.end();
  }

  #cut(): void {
    if (!this.#closed) this.#socket.terminate();
  }
}

export type SocketData = SocketChannel | undefined;

const channelOf = (socket: { data: SocketData }): SocketChannel | undefined => socket.data;

export const relay = {
  data: (socket: { data: SocketData }, bytes: Uint8Array) =>
    channelOf(socket)?.handlers?.bytes(bytes),
  drain: (socket: { data: SocketData }) => channelOf(socket)?.drain(),
  close: (socket: { data: SocketData }) => channelOf(socket)?.closed(),
};

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
        open(socket) {
          const channel = new SocketChannel(socket);
          socket.data = channel;
          channel.handlers = accept(channel, fdOf(socket));
        },
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
        open(socket) {
          const channel = new SocketChannel(socket);
          socket.data = channel;
          channel.handlers = handlers(channel);
        },
        error: (socket) => socket.terminate(),
      },
    });
    return socket.data ?? new SocketChannel(socket);
  } catch (cause) {
    throw new PlatformError('SOCKET_UNREACHABLE', `nobody answers on '${path}'`, { cause });
  }
}
