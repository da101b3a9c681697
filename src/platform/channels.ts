import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import type { Channel, ChannelHandlers } from '../ports/index.ts';
import { PlatformError } from './errors.ts';

/** Bytes that may wait for a slow reader before its channel is cut: two whole snapshots of 16 MiB. */
const MAX_QUEUED_BYTES = 32 * 1024 * 1024;
/** `sun_path` of unix(7) has 108 bytes with its final NUL. */
const MAX_UNIX_PATH_BYTES = 107;

interface RawSocket {
  write(bytes: Uint8Array): number;
  end(): void;
  terminate(): void;
}

/** A {@link Channel} over one Bun socket: keeps what the kernel did not take, in order and bounded. */
export class SocketChannel implements Channel {
  readonly #socket: RawSocket;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #ending = false;
  handlers: ChannelHandlers | undefined;

  constructor(socket: RawSocket) {
    this.#socket = socket;
  }

  send(bytes: Uint8Array): void {
    if (this.#ending) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.drain();
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#socket.terminate();
  }

  close(): void {
    this.#ending = true;
    this.drain();
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
}

export type SocketData = SocketChannel | undefined;

const channelOf = (socket: { data: SocketData }): SocketChannel | undefined => socket.data;

export const relay = {
  data: (socket: { data: SocketData }, bytes: Uint8Array) =>
    channelOf(socket)?.handlers?.bytes(bytes),
  drain: (socket: { data: SocketData }) => channelOf(socket)?.drain(),
  close: (socket: { data: SocketData }) => channelOf(socket)?.handlers?.closed(),
};

export interface ChannelListener {
  readonly port: number;
  stop(): void;
}

/** Called with each new channel; `fd` is the socket's descriptor, for the kernel's facts about the peer. */
export type AcceptUnix = (channel: Channel, fd: number) => ChannelHandlers;

/**
 * Listens on a unix socket. A socket file that nobody answers on is left over from a crash and is
 * replaced; one that is answered belongs to a living process, and is left alone.
 */
export async function listenUnix(
  path: string,
  mode: number,
  accept: AcceptUnix,
): Promise<ChannelListener> {
  await claimSocketPath(path);
  const listener = Bun.listen<SocketData>({
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
  });
  chmodSync(path, mode);
  return { port: 0, stop: () => listener.stop(true) };
}

/** Frees `path` for a new listener, or says why it is not to be had. */
export async function claimSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) {
    throw new PlatformError(
      'SOCKET_PATH_TOO_LONG',
      `'${path}' has ${Buffer.byteLength(path)} bytes; a unix socket's path has at most ${MAX_UNIX_PATH_BYTES}`,
    );
  }
  if (!existsSync(path)) return;
  if (await isAnswered(path)) {
    throw new PlatformError('SOCKET_IN_USE', `another process answers on '${path}'`);
  }
  unlinkSync(path);
}

async function isAnswered(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data: () => undefined } });
    socket.terminate();
    return true;
  } catch {
    return false; // nobody accepts: the question is answered
  }
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
