import { realClock } from '../../platform/index.ts';
import type { Clock } from '../../ports/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import type { AcceptRequest } from '../http/halves.ts';
import { type PartySocket, partyHandlers } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { HeardRequest } from './heard-request.ts';
import { RawClient } from './raw-client.ts';
import { startRuntime } from './runtime.ts';

/** Has a client's half begin on a connection that was accepted. */
export type StartHalf = (runtime: Runtime, socket: PartySocket, accept: AcceptRequest) => void;

/** A listener for one kind of clients' halves, real clients, and what their exchanges would hear. */
export class ClientStage {
  readonly runtime: Runtime;
  /** All that came, in order. */
  readonly requests: HeardRequest[] = [];
  readonly port: number;
  readonly #listener: { stop(): void };
  readonly #clients: RawClient[] = [];

  /** `then`: what is done with each request at once. */
  constructor(
    start: StartHalf,
    then: (request: HeardRequest) => void = () => undefined,
    clock: Clock = realClock,
  ) {
    const runtime = startRuntime(clock);
    this.runtime = runtime;
    const accept: AcceptRequest = (head, client, ended) => {
      const request = new HeardRequest(head, client, ended);
      this.requests.push(request);
      then(request);
      return request;
    };
    const handlers = partyHandlers(runtime.connections, runtime.log, (socket) => {
      runtime.census.clients += 1;
      start(runtime, socket, accept);
    });
    const listener = runtime.sockets.listen({ host: '127.0.0.1', port: 0 }, handlers);
    this.#listener = listener;
    this.port = listener.port;
  }

  async connect(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    this.#clients.push(client);
    return client;
  }

  /** The `index`th request, once it is there. */
  async request(index = 0): Promise<HeardRequest> {
    await eventually(`request ${index}`, () => this.requests.length > index);
    const heard = this.requests[index];
    if (heard === undefined) throw new Error('it was there');
    return heard;
  }

  /** Waits until so many connections of clients are there. */
  clients(count: number): Promise<void> {
    return eventually(`${count} clients`, () => this.runtime.census.clients === count);
  }

  /** Nothing must be held at the end. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.reset();
    this.#listener.stop();
    await eventually('an empty census', () =>
      Object.values(this.runtime.census.report()).every((count) => count === 0),
    );
  }
}
