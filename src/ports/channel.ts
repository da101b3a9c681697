/**
 * A reliable stream of bytes for control conversations (a sidecar with its node, a joining node with
 * an authority). Never used for the traffic of applications.
 */
export interface Channel {
  /** Queues bytes in order. A reader so slow that the queue passes its bound loses the channel. */
  send(bytes: Uint8Array): void;
  /** Sends what is queued, then closes. */
  close(): void;
}

export interface ChannelHandlers {
  /** The bytes are only valid during the call. */
  bytes(bytes: Uint8Array): void;
  /** Called once, for whatever reason it ended. */
  closed(): void;
}
