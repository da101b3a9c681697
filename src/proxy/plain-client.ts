import type { ServiceProtocol } from '../core/index.ts';
import { type FirstBytes, SniffingClient } from './capture/index.ts';
import type { AcceptRequest, Reply } from './http/index.ts';
import { Http1ClientConnection } from './http1/index.ts';
import { Http2Server } from './http2/index.ts';
import { SNIFF_WAIT_MS } from './limits.ts';
import type { PartySocket } from './party.ts';
import type { Runtime } from './runtime.ts';
import { TcpClientConnection } from './tcp/index.ts';

/** Where its requests go, and when whoever is behind it must be gone. */
export interface PlainClient {
  readonly accept: AcceptRequest;
  /** Told of each request that cannot be read in one way only. */
  refused(reply: Reply): void;
  /** Monotonic. */
  readonly endsAtMs: number;
}

/** Takes over a connection in plain that was counted as a client's, to a service of this protocol. */
export function takePlainClient(
  runtime: Runtime,
  socket: PartySocket,
  protocol: ServiceProtocol | undefined,
  client: PlainClient,
): void {
  if (protocol !== 'auto') {
    arrive(runtime, socket, protocol === 'tcp' ? 'tcp' : 'http1', client);
    return;
  }
  new SniffingClient(runtime, socket, SNIFF_WAIT_MS, (speaks) =>
    arrive(runtime, socket, speaks, client),
  );
}

function arrive(
  runtime: Runtime,
  socket: PartySocket,
  speaks: FirstBytes,
  { accept, refused, endsAtMs }: PlainClient,
): void {
  const options = { endsAtMs, isSidecar: false };
  const spokeHttp2 = (early?: Buffer) =>
    new Http2Server(runtime, socket, accept, refused, options).start(early);
  switch (speaks) {
    case 'http1':
      new Http1ClientConnection(runtime, socket, { accept, refused, spokeHttp2 }).start();
      return;
    case 'http2':
      spokeHttp2();
      return;
    default:
      new TcpClientConnection(runtime, socket, accept).start();
  }
}
