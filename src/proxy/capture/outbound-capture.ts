import type { ServiceKey } from '../../core/index.ts';
import type { SocketAddress, SocketListener } from '../../ports/index.ts';
import { PASSED_CONNECT_TIMEOUT_MS } from '../limits.ts';
import type { OutboundListener } from '../outbound.ts';
import { type PartySocket, partyHandlers } from '../party.ts';
import type { Runtime } from '../runtime.ts';
import { type CapturedRoutes, capturedRoutes, destinationKey } from './captured-routes.ts';
import { PlainPassage } from './plain-passage.ts';

/** What happens to captured connections that go to no service: they are refused, or passed on in plain. */
export type Passthrough = 'deny' | 'allow';

/** What it needs to know of a service, whichever way its connections came. */
type Service = Pick<OutboundListener, 'accept' | 'update'>;

/** Takes connections that the kernel redirected on their way out, each to the service that its destination means. */
export class OutboundCapture {
  readonly #runtime: Runtime;
  readonly #passthrough: Passthrough;
  readonly #open: (service: ServiceKey) => Service;
  /** Those that were asked for and that the snapshot has. */
  readonly #services = new Map<ServiceKey, Service>();
  #routes: CapturedRoutes = new Map();

  constructor(runtime: Runtime, passthrough: Passthrough, open: (service: ServiceKey) => Service) {
    this.#runtime = runtime;
    this.#passthrough = passthrough;
    this.#open = open;
    this.update();
  }

  listen({ host, port }: SocketAddress): SocketListener {
    const { applicationSockets, connections, log } = this.#runtime;
    const handlers = partyHandlers(connections, log, (socket) => this.#accept(socket));
    return applicationSockets.listen({ host, port }, handlers);
  }

  /** The view or the identity changed. */
  update(): void {
    const known = this.#runtime.mesh.view?.services;
    this.#routes = capturedRoutes(known?.values() ?? []);
    for (const [key, service] of this.#services) {
      service.update();
      if (known?.has(key) !== true) this.#services.delete(key);
    }
  }

  #accept(socket: PartySocket): void {
    const { applicationSockets, limitedLog, metrics, census, maxClients } = this.#runtime;
    const destination = applicationSockets.originalDestination(socket);
    const key = destination && this.#routes.get(destinationKey(destination));
    if (key !== undefined) {
      metrics.captured('outbound', 'mesh');
      this.#service(key).accept(socket);
    } else if (destination === undefined || this.#passthrough === 'deny') {
      this.#refuse(socket, destination);
    } else {
      metrics.captured('outbound', 'passed');
      const to = destinationKey(destination);
      limitedLog.info('passed a captured connection on in plain', 'outbound', { to });
      const target = { ...destination, connectTimeoutMs: PASSED_CONNECT_TIMEOUT_MS };
      new PlainPassage(this.#runtime, socket, target, 'outbound').start();
      if (census.clients > maxClients) socket.terminate();
    }
  }

  #service(key: ServiceKey): Service {
    const service = this.#services.get(key) ?? this.#open(key);
    this.#services.set(key, service);
    return service;
  }

  /** Without a destination it came straight to our port, and means nothing: only what was captured may use this identity. */
  #refuse(socket: PartySocket, destination: SocketAddress | undefined): void {
    const verdict = destination === undefined ? 'straight' : 'refused';
    this.#runtime.metrics.captured('outbound', verdict);
    const to = destination && destinationKey(destination);
    this.#runtime.limitedLog.warn('refused a captured connection', verdict, { to });
    socket.terminate();
  }
}
