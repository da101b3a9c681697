import { RawPeer } from './raw-peer.ts';

/** Something that listens as a server does, for a client that is to hear exact bytes. */
export interface RawListener {
  readonly port: number;
  /** Who connected, in order. */
  readonly peers: RawPeer[];
  stop(): void;
}

export type RawHandlers = ReturnType<RawPeer['handlers']>;

export interface RawScript {
  /** What happens on a connection beside that its peer keeps what comes. */
  readonly handlers?: (peer: RawPeer) => RawHandlers;
  readonly opened?: (peer: RawPeer) => void;
  /** It closes its side when the other side has. */
  readonly closes?: boolean;
}

export function startRawListener(script: RawScript = {}): RawListener {
  const peers: RawPeer[] = [];
  const listener = Bun.listen<RawHandlers>({
    hostname: '127.0.0.1',
    port: 0,
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        const peer = new RawPeer(true);
        peers.push(peer);
        socket.data = script.handlers?.(peer) ?? peer.handlers();
        socket.data.open(socket);
        script.opened?.(peer);
      },
      data: (socket, bytes) => socket.data.data(socket, bytes),
      end: (socket) => {
        socket.data.end();
        if (script.closes) socket.shutdown();
      },
      close: ({ data }) => data.close(),
      error: () => undefined,
    },
  });
  return { port: listener.port, peers, stop: () => listener.stop(true) };
}
