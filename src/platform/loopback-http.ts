import { listenError } from './errors.ts';
import type { HttpHandler } from './unix-http.ts';

export interface HttpServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves small pages over HTTP on one address; never in the path of traffic.
 *
 * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
 */
export function serveHttp(host: string, port: number, handler: HttpHandler): HttpServer {
  try {
    const server = Bun.serve({ hostname: host, port, fetch: handler });
    return { port: server.port ?? port, stop: () => server.stop(true) };
  } catch (cause) {
    throw listenError(cause, host, port);
  }
}
