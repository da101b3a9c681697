import { atUnixPath } from './unix-path.ts';
import { unreachable } from './unreachable-socket.ts';

/** Largest request body, bytes: a change of the trust repository is the largest thing sent. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/**
 * A watcher of changes may hear nothing for hours; local callers close when they go away. Bun obeys
 * the option on unix sockets too, though its types leave it out there, and ignores
 * `server.timeout(request, 0)`, which they have: without this, 10 seconds of silence end an answer.
 */
const NO_IDLE_TIMEOUT: object = { idleTimeout: 0 };

export type HttpHandler = (request: Request) => Response | Promise<Response>;

export interface UnixHttpServer {
  readonly path: string;
  /** Stops listening, ends open connections and removes the socket's file. */
  stop(): Promise<void>;
}

/**
 * Serves HTTP on a unix socket that has `mode` from its first moment on.
 *
 * @throws PlatformError SOCKET_IN_USE, SOCKET_PATH_TOO_LONG, FILE_UNWRITABLE
 */
export async function serveUnixHttp(
  path: string,
  mode: number,
  handler: HttpHandler,
): Promise<UnixHttpServer> {
  const server = await atUnixPath(path, mode, () =>
    Bun.serve({
      unix: path,
      fetch: handler,
      maxRequestBodySize: MAX_REQUEST_BYTES,
      ...NO_IDLE_TIMEOUT,
    }),
  );
  return { path, stop: () => server.stop(true) };
}

/**
 * Sends one HTTP request over the unix socket at `path`; of its URL only path and query count.
 *
 * @throws PlatformError SOCKET_UNREACHABLE; what the request's signal was aborted with
 */
export async function unixFetch(path: string, request: Request): Promise<Response> {
  try {
    return await fetch(request, { unix: path });
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    throw unreachable(path, cause, 'Run the command as the user whose node it is.');
  }
}
