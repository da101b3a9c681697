import {
  data,
  headers,
  type RawHandlers,
  type RawListener,
  type RawPeer,
  settingsFrame,
  startRawListener,
} from '../../http2/testing/index.ts';
import { FRAME } from '../../http2/wire.ts';

/** An application of HTTP/2 that writes exactly the frames that a test wants. */
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

export const startHttp2Application = (script: Http2Script): RawListener =>
  startRawListener({
    handlers: (peer) => listening(peer, script),
    opened: script.opened ?? ((peer) => void peer.send(settingsFrame())),
    closes: script.closes ?? true,
  });

/** Its handlers, which tell `script` of each request. */
function listening(peer: RawPeer, script: Http2Script): RawHandlers {
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
