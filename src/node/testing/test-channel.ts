import type { Channel, ChannelHandlers } from '../../ports/index.ts';

/** The far end of a channel whose near end is handed to what is tested. */
export interface TestChannel {
  readonly near: Channel;
  /** All that was sent and not taken yet, in order. */
  taken(): Uint8Array[];
  /** True once the near end was closed. */
  readonly isClosed: boolean;
  /** What the far end sends; waits while the near end does not read. */
  send(bytes: Uint8Array): void;
  /** The far end goes away. */
  hangUp(): void;
}

/** Two ends of one channel, in memory: bytes in order, and `closed` once, as the port says. */
export function pipe(accept: (near: Channel) => ChannelHandlers): TestChannel {
  let sent: Uint8Array[] = [];
  let isClosed = false;
  let isPaused = false;
  let waiting: Uint8Array[] = [];
  const end = () => {
    if (isClosed) return;
    isClosed = true;
    handlers.closed();
  };
  const near: Channel = {
    send: (bytes) => void sent.push(bytes.slice()),
    close: () => queueMicrotask(end),
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      const sent = waiting;
      waiting = [];
      for (const bytes of sent) send(bytes);
    },
  };
  const send = (bytes: Uint8Array) => {
    if (isPaused) waiting.push(bytes.slice());
    else if (!isClosed) handlers.bytes(bytes);
  };
  const handlers = accept(near);
  return {
    near,
    taken: () => {
      const all = sent;
      sent = [];
      return all;
    },
    get isClosed() {
      return isClosed;
    },
    send,
    hangUp: end,
  };
}
