import type { SocketAddress } from './datagrams.ts';

/**
 * A reliable stream of bytes for control conversations (a sidecar with its node, a joining node with
 * an authority). Never used for the traffic of applications.
 */
export interface Channel {
  /** Queues bytes in order. A reader so slow that the queue passes its bound loses the channel. */
  send(bytes: Uint8Array): void;
  /** Sends what is queued, then closes. */
  close(): void;
  /** Stops reading: the kernel then makes the far end wait, and its end may not be noticed before {@link resume}. */
  pause(): void;
  resume(): void;
}

export interface ChannelHandlers {
  /** The bytes are only valid during the call. */
  bytes(bytes: Uint8Array): void;
  /** Called once, for whatever reason it ended. */
  closed(): void;
}

/** Channels over TCP, without TLS: for those on the same host, and for protocols that have none. */
export interface Channels {
  /** `port` 0 takes any free one. Throws a `SelvageError` (ADDRESS_IN_USE, ADDRESS_UNAVAILABLE). */
  listen(
    at: SocketAddress,
    accept: (channel: Channel, from: SocketAddress) => ChannelHandlers,
  ): ChannelListener;
  /** Rejects when nobody answers. */
  connect(to: SocketAddress, handlers: ChannelHandlers): Promise<Channel>;
}

export interface ChannelListener {
  readonly port: number;
  /** Accepts no more, and ends what was accepted. */
  stop(): void;
}
