import {
  PlatformError,
  readPrivateFile,
  readTextFile,
  type ServerCredentials,
  serveTlsHttp,
  type TlsHttpServer,
} from '../platform/index.ts';
import type { Log, Timer } from '../ports/index.ts';
import { listenAs } from './listening.ts';
import type { NodeConfig } from './options.ts';
import { TokenEndpoints, type TokenEndpointsParts } from './token-endpoints.ts';

/** How often the files of the certificate and its key are read again, milliseconds. */
export const REREAD_MS = 10_000;
/** Clients at a time, each for a request or two. */
const MAX_CONNECTIONS = 256;
/** Of these from one address: as many as there are exchanges at a time. */
const MAX_CONNECTIONS_OF_ONE = 64;
/** From the first packet of a client to its end, milliseconds. */
const CONNECTION_LIFE_MS = 15_000;
/** A form with two tokens, each as long as they may be. */
const MAX_BODY_BYTES = 32_768;
/** A certificate with those that it was signed by. */
const MAX_CERTIFICATE_BYTES = 65_536;

export interface TokenServerParts extends TokenEndpointsParts {
  readonly config: Pick<
    NodeConfig,
    'tokensHost' | 'tokensPort' | 'tokensCertificate' | 'tokensKey'
  >;
}

/** The token service of a node: HTTPS for those outside of the mesh, with a certificate that they know. */
export class TokenServer {
  readonly #parts: TokenServerParts;
  readonly #server: TlsHttpServer;
  readonly #rounds: Timer;
  #shown: ServerCredentials;

  private constructor(parts: TokenServerParts, server: TlsHttpServer, shown: ServerCredentials) {
    this.#parts = parts;
    this.#server = server;
    this.#shown = shown;
    this.#rounds = parts.clock.every(REREAD_MS, () => this.#reread());
  }

  /** @throws PlatformError for files that cannot be used, and for an address that cannot be had */
  static async start(parts: TokenServerParts): Promise<TokenServer> {
    const { config, log } = parts;
    const credentials = readCredentials(config);
    const endpoints = new TokenEndpoints(parts);
    const server = await listenAs('tokensPort', () =>
      serveTlsHttp(
        {
          host: config.tokensHost,
          port: config.tokensPort,
          credentials,
          maxConnections: MAX_CONNECTIONS,
          maxConnectionsOfOne: MAX_CONNECTIONS_OF_ONE,
          connectionLifeMs: CONNECTION_LIFE_MS,
          maxBodyBytes: MAX_BODY_BYTES,
        },
        (request) => guarded(endpoints, request, log),
      ),
    );
    log.info('token port open', { address: config.tokensHost, port: server.port });
    return new TokenServer(parts, server, credentials);
  }

  get port(): number {
    return this.#server.port;
  }

  async stop(): Promise<void> {
    this.#rounds.cancel();
    await this.#server.stop();
  }

  /** Takes up what renewed the files; what is not whole yet is looked at again, and the old is shown meanwhile. */
  #reread(): void {
    const { config, log } = this.#parts;
    try {
      const found = readCredentials(config);
      if (JSON.stringify(found) === JSON.stringify(this.#shown)) return;
      this.#server.renew(found);
      this.#shown = found;
      log.info('certificate of the token port renewed', { file: config.tokensCertificate });
    } catch (error) {
      if (!(error instanceof PlatformError)) throw error;
      log.warn('certificate of the token port not renewed', { error });
    }
  }
}

function readCredentials(config: TokenServerParts['config']): ServerCredentials {
  if (config.tokensKey === '') {
    throw new PlatformError('FILE_MISSING', 'tokens.certificate is set, and tokens.key is not');
  }
  return {
    certificateChainPem: readTextFile(config.tokensCertificate, MAX_CERTIFICATE_BYTES),
    privateKeyPem: readPrivateFile(config.tokensKey),
  };
}

/** A failure of ours ends one request, and is said in the log alone. */
async function guarded(endpoints: TokenEndpoints, request: Request, log: Log): Promise<Response> {
  try {
    return await endpoints.answer(request);
  } catch (error) {
    log.error('token request failed', { error });
    return new Response(null, { status: 500 });
  }
}
