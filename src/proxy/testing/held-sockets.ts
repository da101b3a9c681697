import { bunSockets } from '../../platform/index.ts';
import type { DialHandlers, Sockets } from '../../ports/index.ts';

/** Real sockets whose connections can be made to wait, so that a test sees who waits for one. */
export interface HeldSockets {
  readonly sockets: Sockets;
  /** From now on none is opened. */
  hold(): void;
  /** How many wait. */
  held(): number;
  /** How often something came on any of them. */
  heard(): number;
  /** Of each handshake that ended, whether it took up an earlier session. */
  readonly resumed: readonly boolean[];
  /** Cuts all that are open. */
  cut(): void;
  /** Opens what waits, and whatever follows. */
  release(): void;
}

export function heldSockets(): HeldSockets {
  let holding = false;
  let heard = 0;
  const resumed: boolean[] = [];
  const open = new Set<{ terminate(): void }>();
  const waiting: (() => void)[] = [];
  const connect: Sockets['connect'] = <Data>(
    options: Parameters<Sockets['connect']>[0],
    data: Data,
    handlers: DialHandlers<Data>,
  ): void => {
    const listening: DialHandlers<Data> = {
      ...handlers,
      data: (socket, bytes) => {
        heard += 1;
        handlers.data(socket, bytes);
      },
      open: (socket) => {
        open.add(socket);
        handlers.open(socket);
      },
      handshake: (socket, ok, error) => {
        resumed.push(socket.isSessionReused());
        handlers.handshake?.(socket, ok, error);
      },
      close: (socket, error) => {
        open.delete(socket);
        handlers.close(socket, error);
      },
    };
    const dial = () => bunSockets.connect(options, data, listening);
    if (holding) waiting.push(dial);
    else dial();
  };
  return {
    sockets: { ...bunSockets, connect },
    hold: () => {
      holding = true;
    },
    held: () => waiting.length,
    heard: () => heard,
    resumed,
    cut: () => {
      for (const socket of [...open]) socket.terminate();
    },
    release: () => {
      holding = false;
      for (const dial of waiting.splice(0)) dial();
    },
  };
}
