import { createSecureContext } from 'node:tls';
import type {
  ConnectOptions,
  DialHandlers,
  ListenOptions,
  SocketError,
  SocketHandlers,
  SocketListener,
  Sockets,
  TlsContext,
  TlsIdentity,
} from '../ports/index.ts';
import { listenError } from './errors.ts';
import { keyExchangeOf } from './key-exchange.ts';
import { type NativeSocket, originalDestinationOf } from './original-destination.ts';

/** ALPN (RFC 7301), as it is on the wire: HTTP/2. A listener's is lost for clients to whom another context is shown. */
const ALPNProtocols = Buffer.from('\x02h2');
const TLS_1_3 = 0x0304; // RFC 8446 section 4.1.2; a number, because the runtime ignores other forms

class BunTlsContext implements TlsContext {
  readonly kind = 'tls-context';
  readonly pem: {
    readonly cert: string;
    readonly key: string;
    readonly ca: string[];
    readonly allowPartialTrustChain: true;
  };
  readonly native: unknown;

  constructor(identity: TlsIdentity) {
    this.pem = {
      cert: identity.certificateChainPem,
      key: identity.privateKeyPem,
      ca: [...identity.authoritiesPem],
      // An authority anchors by itself, also where an enterprise's CA signed it.
      allowPartialTrustChain: true,
    };
    this.native = createSecureContext(this.pem).context;
  }
}

// There is one implementation of TlsContext, and only tlsContext() makes it.
const unwrap = (context: TlsContext): BunTlsContext => context as BunTlsContext;

/** Real sockets. Handlers and sockets are the runtime's own objects: nothing is wrapped. */
export const bunSockets: Sockets = {
  tlsContext: (identity) => new BunTlsContext(identity),

  listen<Data>(options: ListenOptions, handlers: SocketHandlers<Data>): SocketListener {
    // Bun's types know it for clients only, where it means nothing.
    const shared = { reusePort: options.reusePort === true };
    const listener = bind(options.host, options.port, () =>
      Bun.listen<Data>({
        hostname: options.host,
        port: options.port,
        allowHalfOpen: true,
        ...shared,
        ...(options.tls === undefined ? {} : { tls: serverTls(unwrap(options.tls)) }),
        socket: native(handlers),
      }),
    );
    return { port: listener.port, stop: () => listener.stop() };
  },

  present(socket, context): void {
    // Bun's sockets have setKeyCert; its published types do not list it yet. A listener's own
    // reload() changes neither certificate nor authorities.
    (socket as unknown as { setKeyCert(native: unknown): void }).setKeyCert(unwrap(context).native);
  },

  connect<Data>(options: ConnectOptions, data: Data, handlers: DialHandlers<Data>): void {
    Bun.connect<Data>({
      hostname: options.host,
      port: options.port,
      allowHalfOpen: true,
      data,
      ...(options.tls === undefined
        ? {}
        : { tls: clientTls(unwrap(options.tls.context), options.tls.serverName) }),
      socket: native(handlers),
    }).catch((error: SocketError) => handlers.connectError({ data }, error));
  },

  // Every socket that a listener accepted is one of the runtime's, by the same argument as below.
  originalDestination: (socket) => originalDestinationOf(socket as unknown as NativeSocket),

  keyExchange: (socket) => keyExchangeOf(socket.getSession()),

  afterEvents: (run) => void setImmediate(run),
};

function bind<T>(host: string, port: number, listen: () => T): T {
  try {
    return listen();
  } catch (cause) {
    throw listenError(cause, host, port);
  }
}

const serverTls = (context: BunTlsContext) => ({
  ...context.pem,
  requestCert: true,
  rejectUnauthorized: true,
  minVersion: TLS_1_3,
  ALPNProtocols,
});

/**
 * An SVID has no host name, and the runtime compares host names whenever it rejects by itself. So
 * it only reports here, and who dials checks chain and identity.
 */
const clientTls = (context: BunTlsContext, serverName: string) => ({
  ...context.pem,
  serverName,
  rejectUnauthorized: false,
  minVersion: TLS_1_3,
  ALPNProtocols,
});

/**
 * The handlers as Bun's types want them. The cast holds because {@link Socket} names a part of
 * Bun's own socket, by the same names and shapes; sockets.test.ts exercises each of them.
 */
const native = <Data>(handlers: SocketHandlers<Data>): Bun.SocketHandler<Data> =>
  handlers as unknown as Bun.SocketHandler<Data>;
