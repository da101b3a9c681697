import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import { listenError, PlatformError } from './errors.ts';
import type { HttpHandler } from './unix-http.ts';

/** The certificate that a server shows, its own first, and the key of that. */
export interface ServerCredentials {
  readonly certificateChainPem: string;
  readonly privateKeyPem: string;
}

export interface TlsHttpOptions {
  readonly host: string;
  readonly port: number;
  readonly credentials: ServerCredentials;
  /** Beyond them a client is cut at once. */
  readonly maxConnections: number;
  /** The same for one address, so that nobody takes all of them from the others. */
  readonly maxConnectionsOfOne: number;
  /** From its first packet on, whatever it does: so nobody holds one by being slow. */
  readonly connectionLifeMs: number;
  readonly maxBodyBytes: number;
}

export interface TlsHttpServer {
  readonly port: number;
  /**
   * What later handshakes show; those that are open go on.
   *
   * @throws PlatformError TLS_CREDENTIALS_UNUSABLE, and the old ones stay
   */
  renew(credentials: ServerCredentials): void;
  /** Accepts no more, and ends what is open. */
  stop(): Promise<void>;
}

const MAX_HEAD_BYTES = 16_384;

/**
 * Serves small answers over HTTPS to clients that are nobody's members: TLS 1.2 or 1.3, without a client
 * certificate. Connections, their lives, heads and bodies are bounded, and the certificate can be replaced:
 * the runtime's own server can do neither.
 *
 * @throws PlatformError ADDRESS_IN_USE, ADDRESS_UNAVAILABLE, TLS_CREDENTIALS_UNUSABLE
 */
export async function serveTlsHttp(
  options: TlsHttpOptions,
  handler: HttpHandler,
): Promise<TlsHttpServer> {
  // Loaded when there is such a server: few nodes have one.
  const [http, tls] = await Promise.all([import('node:http'), import('node:tls')]);
  const { host, connectionLifeMs, maxBodyBytes } = options;
  const requests = http.createServer({ maxHeaderSize: MAX_HEAD_BYTES }, (request, response) => {
    answer(handler, maxBodyBytes, request, response).catch(() => response.destroy());
  });
  const server = usable(() =>
    tls.createServer(contextOf(options.credentials), (socket) => {
      requests.emit('connection', socket);
    }),
  );
  const open = new Map<Socket, string | undefined>();
  server.maxConnections = options.maxConnections;
  server.on('connection', (socket: Socket) => {
    const { remoteAddress } = socket;
    const ofOne = [...open.values()].filter((address) => address === remoteAddress).length;
    if (ofOne >= options.maxConnectionsOfOne) {
      socket.destroy();
      return;
    }
    open.set(socket, remoteAddress);
    const end = setTimeout(() => socket.destroy(), connectionLifeMs).unref();
    socket.on('close', () => {
      clearTimeout(end);
      open.delete(socket);
    });
  });
  server.on('tlsClientError', () => undefined); // somebody who does not speak TLS; the socket is closed
  requests.on('clientError', (_error, socket) => socket.destroy());
  const port = await listening(server, host, options.port);
  return {
    port,
    renew: (credentials) => usable(() => server.setSecureContext(contextOf(credentials))),
    stop: () => stopAll(server, requests, open),
  };
}

const contextOf = ({ certificateChainPem, privateKeyPem }: ServerCredentials) => ({
  cert: certificateChainPem,
  key: privateKeyPem,
  minVersion: 'TLSv1.2' as const,
});

function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    // What the library says may quote the file; its key must not get into a log.
    throw new PlatformError(
      'TLS_CREDENTIALS_UNUSABLE',
      'the certificate and the key cannot be used together',
      { cause: cause instanceof Error ? cause.message : undefined },
    );
  }
}

function listening(server: TlsServer, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', (cause) => reject(listenError(cause, host, port)));
  server.listen(port, host, () => {
    const address = server.address();
    resolve(typeof address === 'object' && address !== null ? address.port : port);
  });
  return promise;
}

async function stopAll(
  server: TlsServer,
  requests: Server,
  open: ReadonlyMap<Socket, unknown>,
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  requests.close();
  for (const socket of open.keys()) socket.destroy();
  await closed;
}

async function answer(
  handler: HttpHandler,
  maxBodyBytes: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const request = await requestOf(incoming, maxBodyBytes);
  const response =
    typeof request === 'number' ? new Response(null, { status: request }) : await handler(request);
  const body = Buffer.from(await response.arrayBuffer());
  outgoing.writeHead(response.status, {
    ...Object.fromEntries(response.headers),
    'content-length': body.length,
    ...(typeof request === 'number' ? { connection: 'close' } : {}),
  });
  outgoing.end(incoming.method === 'HEAD' ? undefined : body);
}

/** The request as handlers take it, or the status that says why not. */
async function requestOf(
  incoming: IncomingMessage,
  maxBodyBytes: number,
): Promise<Request | number> {
  const { method = '', url = '', headers } = incoming;
  if (!url.startsWith('/') || !URL.canParse(`https://localhost${url}`)) return 400;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > maxBodyBytes) return 413;
    chunks.push(part);
  }
  if (method === 'TRACE' || method === 'CONNECT') return 405; // Request does not know them
  const fields = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[name, value]] : [],
  );
  const body = bytes === 0 || method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(`https://localhost${url}`, { method, headers: fields, body });
}
