import { RawPeer } from './raw-peer.ts';

/** Something that listens as a server does, for a client that is to hear exact bytes. */
export interface RawListener {
  readonly port: number;
  /** Who connected, in order. */
  readonly peers: RawPeer[];
  stop(): void;
}

export function startRawListener(): RawListener {
  const peers: RawPeer[] = [];
  const listener = Bun.listen<ReturnType<RawPeer['handlers']>>({
    hostname: '127.0.0.1',
    port: 0,
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        const peer = new RawPeer(true);
        peers.push(peer);
        socket.data = peer.handlers();
        socket.data.open(socket);
      },
      data: (socket, bytes) => socket.data.data(socket, bytes),
      end: ({ data }) => data.end(),
      close: ({ data }) => data.close(),
      error: () => undefined,
    },
  });
  return { port: listener.port, peers, stop: () => listener.stop(true) };
}
