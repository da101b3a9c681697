import type { SocketAddress, SocketListener } from '../../ports/index.ts';
import type { DialTarget } from '../dial.ts';
import { LOCAL_CONNECT_TIMEOUT_MS } from '../limits.ts';
import { type PartySocket, partyHandlers } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { PlainPassage } from './plain-passage.ts';

/** Whether callers from outside the mesh, who come in plain and show nothing, reach the application. */
export type PlainCallers = 'strict' | 'permissive';

/** Takes connections from other hosts that the kernel redirected on their way to the application's own port. */
export class InboundCapture {
  readonly #runtime: Runtime;
  readonly #plainCallers: PlainCallers;
  readonly #application: DialTarget;

  constructor(runtime: Runtime, plainCallers: PlainCallers, application: SocketAddress) {
    this.#runtime = runtime;
    this.#plainCallers = plainCallers;
    this.#application = {
      ...application,
      connectTimeoutMs: LOCAL_CONNECT_TIMEOUT_MS,
      sockets: runtime.applicationSockets,
    };
  }

  listen({ host, port }: SocketAddress): SocketListener {
    const { applicationSockets, connections, log } = this.#runtime;
    const handlers = partyHandlers(connections, log, (socket) => this.#accept(socket));
    return applicationSockets.listen({ host, port }, handlers);
  }

  #accept(socket: PartySocket): void {
    const { applicationSockets, limitedLog, metrics, census, maxClients } = this.#runtime;
    const destination = applicationSockets.originalDestination(socket);
    if (destination?.port !== this.#application.port) {
      this.#refuse(socket, 'straight');
    } else if (this.#plainCallers === 'strict') {
      this.#refuse(socket, 'refused');
    } else {
      metrics.captured('inbound', 'passed');
      const from = socket.remoteAddress;
      limitedLog.info('let a plain caller in', 'inbound', { from });
      new PlainPassage(this.#runtime, socket, this.#application, 'inbound').start();
      if (census.clients > maxClients) socket.terminate();
    }
  }

  #refuse(socket: PartySocket, verdict: 'straight' | 'refused'): void {
    this.#runtime.metrics.captured('inbound', verdict);
    const from = socket.remoteAddress;
    this.#runtime.limitedLog.warn('refused a plain caller', verdict, { from });
    socket.terminate();
  }
}
