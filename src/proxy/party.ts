import type { Log, Socket, SocketError, SocketHandlers } from '../ports/index.ts';
import type { Connections } from './connections.ts';

/**
 * Who owns a connection now. A connection's events go to `socket.data`, so that it changes what it
 * is (handshake, HTTP, tunnel) by putting another party there: no closure per connection.
 */
export interface Party {
  /** TLS only, once, before any bytes. */
  handshaken?(error: SocketError | null): void;
  /** `bytes` are valid during the call only. May still come once after a pause, with a reset. */
  received(bytes: Buffer): void;
  drained(): void;
  /** The other side will send no more. */
  ended(): void;
  /** Last event; `error` when it was a reset. */
  closed(error: SocketError | undefined): void;
  /** Take no more than what the other side may have sent already, and tell it to go elsewhere. */
  retire?(): void;
  /** End as soon as nothing under way is lost by it. */
  drain?(): void;
}

export type PartySocket = Socket<Party>;

type PartyHandlers = SocketHandlers<Party> & Required<Pick<SocketHandlers<Party>, 'handshake'>>;

/** The handlers of all sockets; `open` differs by who accepts or dials. */
export const partyHandlers = (
  connections: Connections,
  log: Log,
  open: (socket: PartySocket) => void,
): PartyHandlers => ({
  open: (socket) => {
    connections.opened(socket);
    open(socket);
  },
  handshake: (socket, _ok, error) => socket.data.handshaken?.(error),
  data: (socket, bytes) => socket.data.received(bytes),
  drain: (socket) => socket.data.drained(),
  end: (socket) => socket.data.ended(),
  close: (socket, error) => {
    connections.closed(socket);
    socket.data?.closed(error);
  },
  error: (socket, error) => {
    // A party threw: a defect of ours, and it ends this connection only.
    log.error('a connection broke', { error: error.message, stack: error.stack });
    socket.terminate();
  },
});
