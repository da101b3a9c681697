import { listenError } from './errors.ts';
import type { HttpServer } from './loopback-http.ts';

const UPGRADE_REQUIRED = 426;

/** The other side of a WebSocket. */
export interface Listener {
  /** A string goes out as text, bytes as binary. */
  say(message: string | Uint8Array): void;
  /** Begins the close handshake (RFC 6455 section 7.1.2). */
  close(code: number, reason: string): void;
}

/**
 * Serves WebSockets on one address, and nothing else; never in the path of traffic. `hear` is told of each message.
 *
 * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
 */
export function serveWebSockets(
  host: string,
  port: number,
  hear: (message: string | Uint8Array, from: Listener) => void,
): HttpServer {
  try {
    const server = Bun.serve({
      hostname: host,
      port,
      fetch: (request, self) =>
        self.upgrade(request) ? undefined : new Response(null, { status: UPGRADE_REQUIRED }),
      websocket: {
        message: (socket, message) =>
          hear(message, {
            say: (answer) => void socket.send(answer),
            close: (code, reason) => socket.close(code, reason),
          }),
      },
    });
    return { port: server.port ?? port, stop: () => server.stop(true) };
  } catch (cause) {
    throw listenError(cause, host, port);
  }
}
