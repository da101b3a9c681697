import type { Namespace, ServiceKey } from '../core/index.ts';
import { splitServiceKey } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { Asker, Lookup, Zone } from '../names/index.ts';
import type { Clock, SocketAddress } from '../ports/index.ts';
import {
  type AddressRange,
  meshName,
  portForCallers,
  VirtualAddresses,
} from '../registry/index.ts';
import type { LimitedLog } from '../telemetry/index.ts';
import { type AskedBy, AskingWorkloads } from './asking-workload.ts';
import type { WorkloadSession } from './workload-session.ts';

export interface ServiceNamesParts {
  readonly trust: () => TrustSet;
  readonly range: AddressRange;
  /** Those of all sidecars that are attached now. */
  readonly sessions: () => readonly WorkloadSession[];
  readonly clock: Clock;
  readonly limitedLog: LimitedLog;
}

/** A service that a workload calls by name. */
export interface NamedService {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

const HINT =
  'start the program under `selvage run`, or as a user of its own, or give its --upstream a local port';

/** Which address each workload of this host has for each service that it calls by name, and whose question it is. */
export class ServiceNames {
  readonly #parts: ServiceNamesParts;
  readonly #addresses: VirtualAddresses;
  readonly #askers: AskingWorkloads;

  constructor(parts: ServiceNamesParts) {
    this.#parts = parts;
    this.#addresses = new VirtualAddresses(parts.range);
    this.#askers = new AskingWorkloads(parts.clock);
  }

  /** The addresses of a workload, by service: its own as long as it is here. Some are missing when all are taken. */
  addressesOf(workload: string, named: readonly ServiceKey[]): ReadonlyMap<ServiceKey, string> {
    const addresses = new Map<ServiceKey, string>();
    for (const service of named) {
      const address = this.#addresses.take(workload, service);
      if (address !== undefined) addresses.set(service, address);
    }
    return addresses;
  }

  /** The last sidecar of a workload is gone: its addresses are free. */
  release(workload: string): void {
    this.#addresses.release(workload);
  }

  /** What a workload calls by name, as a person may see it. */
  namesOf(workload: string, named: readonly ServiceKey[]): NamedService[] {
    return named.flatMap((service) => {
      const found = this.#found(workload, service);
      if (found.kind !== 'found') return [];
      return [{ name: meshName(service), address: found.address, port: found.port }];
    });
  }

  /** The mesh's names as they are to whoever asks from there. */
  zoneFor(asker: Asker, server: SocketAddress): Zone {
    const { services } = this.#parts.trust();
    return {
      lookup: (service) => this.#lookup(service, asker, server),
      hasNamespace: (namespace: Namespace) =>
        services.some(({ key }) => splitServiceKey(key).namespace === namespace),
    };
  }

  #lookup(service: ServiceKey, asker: Asker, server: SocketAddress): Lookup {
    const attached = this.#parts.sessions().flatMap(({ workload, facts }) => {
      if (workload === undefined) return [];
      const { key, hello } = workload;
      const { pid, uid } = facts;
      // Where an isolated program finds it, nobody else can go, and it asks no resolver of this host.
      const calls = hello.isolated !== true && hello.named?.includes(service) === true;
      return [{ key, pid, uid, calls }];
    });
    const keys = new Set(attached.map(({ key }) => key));
    const callers = new Set(attached.flatMap(({ key, calls }) => (calls ? [key] : [])));
    if (callers.size === 0) return { kind: 'unknown' };
    const [only] = callers;
    // Where there is nobody else, nobody needs to be asked.
    if (only !== undefined && keys.size === 1) return this.#found(only, service);
    return this.#decide(service, callers, this.#askers.of(asker, server, attached));
  }

  #decide(service: ServiceKey, callers: ReadonlySet<string>, by: AskedBy): Lookup {
    const name = meshName(service);
    const { limitedLog } = this.#parts;
    if (by.kind === 'workload') {
      if (callers.has(by.key)) return this.#found(by.key, service);
      const remedy = 'give its `selvage run` an --upstream for the service';
      limitedLog.warn('name not answered', 'its workload does not call it', { name, remedy });
      return { kind: 'unknown' };
    }
    if (by.kind === 'too-costly') {
      limitedLog.warn('name not answered', 'too many questions in a second', { name });
      return { kind: 'undecided' };
    }
    const ofUser = by.kind === 'one-of' ? by.keys.filter((key) => callers.has(key)) : [];
    const [only, ...more] = ofUser.length > 0 ? ofUser : callers;
    if (only !== undefined && more.length === 0) return this.#found(only, service);
    const reason = 'several workloads call it, and whose question it is cannot be told';
    limitedLog.warn('name not answered', reason, { name, ...by, remedy: HINT });
    return { kind: 'undecided' };
  }

  #found(workload: string, key: ServiceKey): Lookup {
    const service = this.#parts.trust().services.find((one) => one.key === key);
    const port = service === undefined ? undefined : portForCallers(service);
    const address = this.#addresses.take(workload, key);
    if (service === undefined || port === undefined || address === undefined) {
      return { kind: 'unknown' };
    }
    return { kind: 'found', address, port, protocol: service.protocol };
  }
}
