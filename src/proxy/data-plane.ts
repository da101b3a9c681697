import type { ServiceKey } from '../core/index.ts';
import type { PolicyEngine, SampledDecision } from '../policy/index.ts';
import type {
  Clock,
  Datagrams,
  Log,
  Meter,
  Random,
  SocketAddress,
  Sockets,
} from '../ports/index.ts';
import type { Snapshot } from '../snapshot/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import {
  InboundCapture,
  OutboundCapture,
  type Passthrough,
  type PlainCallers,
} from './capture/index.ts';
import { Census, type CensusReport } from './census.ts';
import { Connections } from './connections.ts';
import { Deadlines } from './deadlines.ts';
import { DecisionSampler } from './decision-sampler.ts';
import { dialHandlers } from './dial.ts';
import { HboneListener } from './hbone/index.ts';
import { OpenExchanges } from './http/index.ts';
import { InboundListener } from './inbound.ts';
import { CLIENT_CONNECTIONS, HELD_BYTES } from './limits.ts';
import { Mesh, type WorkloadIdentity } from './mesh-view.ts';
import { ProxyMetrics } from './metrics.ts';
import { NamedListeners } from './named-listeners.ts';
import { OutboundListener } from './outbound.ts';
import { ReadinessProbe } from './readiness.ts';
import { Review, type Reviewed } from './review.ts';
import type { Runtime } from './runtime.ts';
import { Handshakes, OpenTunnels } from './tunnel/index.ts';
import { Turn } from './turn.ts';
import { FlowRoom } from './udp/index.ts';
import { NO_USERS, type UserTokens } from './users.ts';

const DRAIN_CHECK_MS = 20;

export interface DataPlaneParts {
  readonly sockets: Sockets;
  /** For what lies between sidecar and application; the same as `sockets` when left out. */
  readonly applicationSockets?: Sockets;
  /** Between sidecar and application. */
  readonly datagrams: Datagrams;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly meter: Meter;
  /** Who is behind a bearer token; without it tokens mean nothing here. To be configured before {@link DataPlane.apply}. */
  readonly users?: UserTokens;
  /** Gets some of the decisions, once a second while there are any. */
  readonly decided?: (decisions: readonly SampledDecision[]) => void;
  /** Connections of clients at a time, plain and from peers; more are closed at once. */
  readonly maxClients?: number;
  /** Bytes that may wait to be written, in all connections together, before new requests are refused. */
  readonly maxHeldBytes?: number;
}

/** Where to listen for those who call `service`, and where its application is. */
type Served = SocketAddress & { readonly service: ServiceKey; readonly target: SocketAddress };

/** Where to listen for those who come in plain, and the application that they mean. */
type Guarded = SocketAddress & {
  readonly target: SocketAddress;
  readonly plainCallers: PlainCallers;
};

/** The bytes of one workload: to its application from verified peers, and from it to services of the mesh. */
export interface DataPlane {
  /** Replaces everything that is decided upon, at once. What is open is decided on again within 1 s, and cut if it lost its permission. */
  apply(view: { readonly snapshot: Snapshot; readonly engine: PolicyEngine }): void;
  /**
   * New handshakes use this certificate; established connections stay, and take requests until there are others.
   * @throws ProxyError BAD_IDENTITY
   */
  useIdentity(identity: WorkloadIdentity): void;
  /**
   * Accepts mutual TLS for `service` and passes it to the application. Port 0 takes any free one.
   * @throws ProxyError NO_IDENTITY; ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  openInbound(options: Served): SocketAddress;
  /**
   * Accepts HBONE, HTTP/2 CONNECT over mutual TLS, for `service` and passes what is in it to the application: from peers
   * that are no sidecars of this kind. Port 0 takes any free one.
   * @throws ProxyError NO_IDENTITY; ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  openHbone(options: Served): SocketAddress;
  /**
   * Accepts plain connections of the application and takes them to `service` over mutual TLS.
   * @throws ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  openOutbound(options: SocketAddress & { readonly service: ServiceKey }): SocketAddress;
  /**
   * Takes connections of the application that the kernel redirects here, each to the service of the snapshot that it
   * was going to; to all else as `passthrough` says.
   * @throws ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  captureOutbound(options: SocketAddress & { readonly passthrough: Passthrough }): SocketAddress;
  /**
   * Takes plain connections from elsewhere that the kernel redirects here on their way to the application's own port.
   * @throws ADDRESS_IN_USE, ADDRESS_UNAVAILABLE
   */
  captureInbound(options: Guarded): SocketAddress;
  /** Tells whether something listens at `target`: at once, and at each change. Returns how to stop. */
  watchTarget(target: SocketAddress, changed: (listening: boolean) => void): () => void;
  /**
   * Accepts no more, lets requests under way finish, and resolves when all clients are gone or after `limitMs`.
   * For `patienceMs` a client that is idle may still ask: it is answered, and told that the connection ends.
   */
  drain(limitMs: number, patienceMs?: number): Promise<void>;
  /** Ends everything at once. */
  stop(): void;
  /** What is held now; all zero after traffic ended. */
  census(): CensusReport;
}

/** Makes a data plane that serves nothing yet: it needs a view, an identity, and listeners. */
export function createDataPlane(parts: DataPlaneParts): DataPlane {
  const { sockets, clock, random, log, users = NO_USERS, decided } = parts;
  const { maxClients = CLIENT_CONNECTIONS } = parts;
  const connections = new Connections();
  const deadlines = new Deadlines(clock, log);
  const census = new Census();
  const exchanges = new OpenExchanges(census, () => deadlines.now(), log);
  deadlines.add(exchanges);
  const metrics = new ProxyMetrics(parts.meter);
  const mesh = new Mesh(sockets, users);
  const runtime: Runtime = {
    sockets,
    applicationSockets: parts.applicationSockets ?? sockets,
    datagrams: parts.datagrams,
    clock,
    random,
    log,
    limitedLog: new LimitedLog(log, clock),
    users,
    ...(decided === undefined ? {} : { sampler: new DecisionSampler(clock, random, decided) }),
    metrics,
    mesh,
    census,
    connections,
    deadlines,
    exchanges,
    handshakes: new Handshakes(maxClients),
    tunnels: new OpenTunnels({ mesh, clock, metrics, log }),
    flows: new FlowRoom(census),
    turn: new Turn(sockets, log),
    dialHandlers: dialHandlers(connections, log),
    maxClients,
    maxHeldBytes: parts.maxHeldBytes ?? HELD_BYTES,
  };
  return new RunningDataPlane(runtime);
}

class RunningDataPlane implements DataPlane {
  readonly #runtime: Runtime;
  /** Told of each change of view or identity. */
  readonly #following: { update(): void }[];
  readonly #listeners: { stop(): void }[];
  readonly #probes: ReadinessProbe[] = [];
  readonly #review: Review;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    const named = new NamedListeners(runtime);
    this.#following = [named];
    this.#listeners = [named];
    this.#review = new Review(runtime.clock, () => everythingOpen(runtime), runtime.log);
  }

  apply({ snapshot, engine }: Parameters<DataPlane['apply']>[0]): void {
    this.#runtime.mesh.apply(snapshot, engine);
    for (const one of this.#following) one.update();
    this.#review.begin();
  }

  useIdentity(identity: WorkloadIdentity): void {
    this.#runtime.mesh.useIdentity(identity);
    for (const one of this.#following) one.update();
    this.#review.begin();
  }

  openInbound(options: Served): SocketAddress {
    const listener = new InboundListener(this.#runtime, options.service, options.target).listen(
      options,
    );
    this.#listeners.push(listener);
    return { host: options.host, port: listener.port };
  }

  openHbone(options: Served): SocketAddress {
    const { host, port, service, target } = options;
    const listener = new HboneListener(this.#runtime, service, { host, port }, target);
    this.#following.push(listener);
    this.#listeners.push(listener);
    return { host, port: listener.port };
  }

  openOutbound(options: SocketAddress & { readonly service: ServiceKey }): SocketAddress {
    const outbound = new OutboundListener(this.#runtime, options.service, 'always');
    const listener = outbound.listen(options);
    this.#following.push(outbound);
    this.#listeners.push(listener);
    return { host: options.host, port: listener.port };
  }

  captureOutbound(options: SocketAddress & { readonly passthrough: Passthrough }): SocketAddress {
    const open = (service: ServiceKey) => new OutboundListener(this.#runtime, service);
    const capture = new OutboundCapture(this.#runtime, options.passthrough, open);
    const listener = capture.listen(options);
    this.#following.push(capture);
    this.#listeners.push(listener);
    return { host: options.host, port: listener.port };
  }

  captureInbound(options: Guarded): SocketAddress {
    const { target, plainCallers } = options;
    const listener = new InboundCapture(this.#runtime, plainCallers, target).listen(options);
    this.#listeners.push(listener);
    return { host: options.host, port: listener.port };
  }

  watchTarget(target: SocketAddress, changed: (listening: boolean) => void): () => void {
    const probe = new ReadinessProbe(this.#runtime, target, changed);
    this.#probes.push(probe);
    return () => probe.stop();
  }

  drain(limitMs: number, patienceMs = 0): Promise<void> {
    const { clock, census, connections } = this.#runtime;
    for (const listener of this.#listeners) listener.stop();
    connections.retire();
    const patience = clock.after(patienceMs, () => connections.drain());
    const endMs = clock.monotonic() + limitMs;
    return new Promise((resolve) => {
      const check = () => {
        if (census.clients > 0 && clock.monotonic() < endMs) return;
        patience.cancel();
        timer.cancel();
        resolve();
      };
      const timer = clock.every(DRAIN_CHECK_MS, check);
    });
  }

  stop(): void {
    for (const listener of this.#listeners) listener.stop();
    for (const probe of this.#probes) probe.stop();
    this.#review.stop();
    this.#runtime.sampler?.stop();
    this.#runtime.connections.reset();
  }

  census(): CensusReport {
    return this.#runtime.census.report();
  }
}

/** Requests first, so that each is counted by what took its permission away, and not as lost with its connection. */
function* everythingOpen({ exchanges, tunnels }: Runtime): Generator<Reviewed> {
  yield* exchanges.all();
  yield* tunnels.all();
}
