import type { Clock } from '../../../ports/index.ts';
import { eventually } from '../../../ports/testing/index.ts';
import type { AcceptRequest } from '../../http/halves.ts';
import type { Reply } from '../../http/reply.ts';
import { partyHandlers } from '../../party.ts';
import type { Runtime } from '../../runtime.ts';
import { HeardRequest } from '../../testing/heard-request.ts';
import { startRuntime } from '../../testing/runtime.ts';
import { Http2Server } from '../index.ts';
import { hello } from './frames.ts';
import { RawPeer } from './raw-peer.ts';

/** Servers of HTTP/2 on a port, for peers that write exact bytes. */
export interface Serving {
  readonly runtime: Runtime;
  readonly port: number;
  readonly requests: HeardRequest[];
  readonly refused: Reply[];
  readonly servers: Http2Server[];
  /** A peer that has said hello. */
  connect(...settings: readonly (readonly [number, number])[]): Promise<RawPeer>;
  /** One that has said nothing. */
  connectBare(): Promise<RawPeer>;
  /** Nothing is held any more, and nobody is connected. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServingOptions {
  readonly clock?: Clock;
  readonly isSidecar?: boolean;
  readonly endsAtMs?: number;
  readonly maxHeldBytes?: number;
  /** Takes each request, instead of their being kept. */
  readonly begin?: AcceptRequest;
}

/** `then`: what is done with each request at once; by default nothing. */
export function startServing(
  then?: (request: HeardRequest) => void,
  options: ServingOptions = {},
): Serving {
  const runtime = startRuntime(options.clock, options.maxHeldBytes);
  const requests: HeardRequest[] = [];
  const refused: Reply[] = [];
  const servers: Http2Server[] = [];
  const peers: RawPeer[] = [];
  const remember: AcceptRequest = (head, client, ended) => {
    const request = new HeardRequest(head, client, ended);
    requests.push(request);
    then?.(request);
    return request;
  };
  const accept = options.begin ?? remember;
  const handlers = partyHandlers(runtime.connections, runtime.log, (socket) => {
    runtime.census.clients += 1;
    const server = new Http2Server(runtime, socket, accept, (reply) => refused.push(reply), {
      endsAtMs: options.endsAtMs ?? Number.POSITIVE_INFINITY,
      isSidecar: options.isSidecar ?? false,
    });
    servers.push(server);
    server.start();
  });
  const listener = runtime.sockets.listen({ host: '127.0.0.1', port: 0 }, handlers);
  const connectBare = async () => {
    const peer = await RawPeer.connect(listener.port);
    peers.push(peer);
    return peer;
  };
  const settled = async () => {
    const isIdle = () => runtime.census.clients === 0 && runtime.census.heldBytes === 0;
    await eventually('an idle census', isIdle).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(runtime.census.report())}`);
    });
  };
  return {
    runtime,
    port: listener.port,
    requests,
    refused,
    servers,
    connect: async (...settings) => (await connectBare()).send(hello(...settings)),
    connectBare,
    settled,
    stop: async () => {
      for (const peer of peers) peer.drop();
      listener.stop();
      await settled();
    },
  };
}
