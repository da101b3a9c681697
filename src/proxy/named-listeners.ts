import { SelvageError, type ServiceKey } from '../core/index.ts';
import type { SocketListener } from '../ports/index.ts';
import type { SnapshotService } from '../snapshot/index.ts';
import { OutboundListener } from './outbound.ts';
import type { Runtime } from './runtime.ts';

interface Named {
  readonly outbound: OutboundListener;
  /** Undefined while the service has no address. */
  open: { readonly place: string; readonly listener: SocketListener } | undefined;
}

/** The services that the application calls by name: each listens where the snapshot in use has it. */
export class NamedListeners {
  readonly #runtime: Runtime;
  readonly #named = new Map<ServiceKey, Named>();
  #isStopped = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The view or the identity changed. What is open at a place that is given up stays open. */
  update(): void {
    const services = this.#runtime.mesh.view?.services ?? new Map<ServiceKey, SnapshotService>();
    for (const [key, { outbound, open }] of this.#named) {
      const kept = placeOf(services.get(key)?.virtual);
      if (open !== undefined && open.place !== kept) this.#close(key);
      outbound.update();
    }
    for (const service of services.values()) {
      if (service.virtual !== undefined) this.#open(service.key, service.virtual);
    }
  }

  /** Accepts no more. */
  stop(): void {
    this.#isStopped = true;
    for (const key of this.#named.keys()) this.#close(key);
  }

  #open(service: ServiceKey, virtual: NonNullable<SnapshotService['virtual']>): void {
    const named = this.#named.get(service) ?? this.#new(service);
    if (this.#isStopped || named.open !== undefined) return;
    const { address: host, port } = virtual;
    try {
      const listener = named.outbound.listen({ host, port });
      named.open = { place: placeOf(virtual), listener };
    } catch (error) {
      if (!(error instanceof SelvageError)) throw error;
      // It is tried again at the next change; everything else goes on.
      this.#runtime.log.error('a service is not reached by name', { service, error });
    }
  }

  #new(service: ServiceKey): Named {
    const named = { outbound: new OutboundListener(this.#runtime, service), open: undefined };
    this.#named.set(service, named);
    return named;
  }

  #close(service: ServiceKey): void {
    const named = this.#named.get(service);
    named?.open?.listener.stop();
    if (named !== undefined) named.open = undefined;
  }
}

const placeOf = (virtual: SnapshotService['virtual']): string =>
  virtual === undefined ? '' : `${virtual.address}:${virtual.port}`;
