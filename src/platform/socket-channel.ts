import type { Channel, ChannelHandlers } from '../ports/index.ts';

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

/** What Bun keeps beside a socket: its channel, from the moment it is open. */
export type SocketData = SocketChannel | undefined;

/** Gives a socket that is open its channel. */
export function begin(
  socket: RawSocket & { data: SocketData },
  accept: (channel: Channel) => ChannelHandlers,
): void {
  const channel = new SocketChannel(socket);
  socket.data = channel;
  channel.handlers = accept(channel);
}

/** What a socket of Bun's tells its channel. */
export const relay = {
  data: ({ data: channel }: { data: SocketData }, bytes: Uint8Array) =>
    channel?.handlers?.bytes(bytes),
  drain: ({ data: channel }: { data: SocketData }) => channel?.drain(),
  close: ({ data: channel }: { data: SocketData }) => channel?.closed(),
};
