import { data, headers, RawPeer, settingsFrame } from '../../http2/testing/index.ts';
import { FRAME } from '../../http2/wire.ts';

/** An application of HTTP/2 that writes exactly the frames that a test wants. */
export interface Http2Application {
  readonly port: number;
  /** Who connected, in order. */
  readonly peers: RawPeer[];
  stop(): void;
}

export interface Http2Script {
  /** It closes its side when the sidecar has, which is what programs do. */
  readonly closes?: false;
  /** On a new connection; by default it sends SETTINGS. */
  readonly opened?: (peer: RawPeer) => void;
  /** On the head of each request. */
  readonly asked: (peer: RawPeer, id: number, path: string) => void;
}

export const OK = [[':status', '200']] as const;

/** A whole answer. */
export const answer = (id: number, text: string): Buffer =>
  Buffer.concat([headers(id, OK, false), data(id, text, true)]);

export function startHttp2Application(script: Http2Script): Http2Application {
  const { closes = true } = script;
  const peers: RawPeer[] = [];
  const opened = script.opened ?? ((peer: RawPeer) => void peer.send(settingsFrame()));
  const listener = Bun.listen<ReturnType<RawPeer['handlers']>>({
    hostname: '127.0.0.1',
    port: 0,
    allowHalfOpen: true,
    socket: {
      open: (socket) => {
        const peer = new RawPeer(true);
        peers.push(peer);
        socket.data = listening(peer, script);
        socket.data.open(socket);
        opened(peer);
      },
      data: (socket, bytes) => socket.data.data(socket, bytes),
      end: (socket) => {
        socket.data.end();
        if (closes) socket.shutdown();
      },
      close: ({ data }) => data.close(),
      error: () => undefined,
    },
  });
  return { port: listener.port, peers, stop: () => listener.stop(true) };
}

/** Its handlers, which tell `script` of each request. */
function listening(peer: RawPeer, script: Http2Script): ReturnType<RawPeer['handlers']> {
  const handlers = peer.handlers();
  let told = 0;
  return {
    ...handlers,
    data: (socket, bytes) => {
      handlers.data(socket, bytes);
      const heads = peer.of(FRAME.HEADERS);
      for (; told < heads.length; told += 1) {
        const id = heads[told]?.id ?? 0;
        const path = peer.heads(id)[0]?.find((line) => line.startsWith(':path: ')) ?? '';
        script.asked(peer, id, path.slice(7));
      }
    },
  };
}
