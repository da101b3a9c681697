import { type ServiceKey, serviceKey } from '../core/index.ts';
import { realClock, realRandom } from '../platform/index.ts';
import type { SampledDecision } from '../policy/index.ts';
import type { Gauge, Log, Meter } from '../ports/index.ts';
import {
  DELTA_VERSION,
  type NodeMessage,
  type Place,
  PolicyAssembly,
  PROTOCOL_VERSION,
  type SidecarMessage,
  type Snapshot,
  type SnapshotReader,
  snapshotBundle,
} from '../snapshot/index.ts';
import type { Carrier, CarrierEvents, Enforcement } from './carrier.ts';
import { Doors, type DoorsParts } from './doors.ts';
import { SidecarError } from './errors.ts';
import { type HeldIdentity, IdentityKeeper } from './identity-keeper.ts';
import { NameClaims } from './name-claims.ts';
import { NodeLink } from './node-link.ts';
import { LINGER_MS, REGISTRATION_GRACE_MS, type SidecarOptions } from './options.ts';
import { snapshotReader } from './snapshot-faults.ts';
import type { Names } from './supervision.ts';

type Refused = Extract<NodeMessage, { type: 'refused' }>;
type Welcome = Extract<NodeMessage, { type: 'welcome' }>;

/** Refusals that may be the news of a change still under way, or one that was just taken back. */
const MAY_PASS = new Set([
  'IDENTITY_NOT_REGISTERED',
  'SERVICE_UNKNOWN',
  'SERVICE_NOT_YOURS',
  'UPSTREAM_UNKNOWN',
  'INSTANCE_IN_USE',
]);
/** Refusals that take the identity of a running sidecar away. */
const ENDS_IDENTITY = new Set([
  'IDENTITY_NOT_REGISTERED',
  'IDENTITY_AMBIGUOUS',
  'IDENTITY_CHANGED',
  'IDENTITY_REVOKED',
  'SERVICE_UNKNOWN',
  'SERVICE_NOT_YOURS',
]);
/** How long a sidecar waits for its node at first, milliseconds. */
const FIRST_CONTACT_MS = 5_000;
const INSTANCE_BYTES = 12;

export interface SidecarParts extends Pick<DoorsParts, 'claim' | 'hasIpv6' | 'log'> {
  readonly meter: Meter;
  readonly carrier: (events: CarrierEvents) => Carrier;
}

/**
 * What one workload's {@link Carrier} needs from its node: who the workload is, what it may see. It serves
 * when it has both, and goes on with them when the node is gone.
 */
export class Sidecar {
  readonly #options: SidecarOptions;
  readonly #log: Log;
  readonly #carrier: Carrier;
  readonly #doors: Doors;
  readonly #names: NameClaims;
  readonly #link: NodeLink;
  readonly #keeper: IdentityKeeper;
  readonly #assembly = new PolicyAssembly();
  readonly #reader: SnapshotReader;
  readonly #svidEnds: Gauge<never>;
  readonly #started = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<never>();
  readonly #instance = Buffer.from(realRandom.bytes(INSTANCE_BYTES)).toString('hex');
  readonly #startedAt = realClock.monotonic();
  #welcome: Welcome | undefined;
  /** By which its own certificate was judged last. */
  #judgedBy: Snapshot | undefined;
  #enforcement: Enforcement | undefined;
  /** When the SVID in use ends, milliseconds since 1970; undefined before the first. */
  #svidEndsAt: number | undefined;
  #isServing = false;
  #isEnding = false;
  /** Whether the application listens; undefined until that is known. */
  #isReady: boolean | undefined;

  constructor(options: SidecarOptions, parts: SidecarParts) {
    const { log, meter, carrier, claim } = parts;
    this.#options = options;
    this.#log = log;
    const claimName = (place: Place) => claim(place, 'outbound');
    this.#names = new NameClaims(namedOf(options.upstreams), claimName);
    const host = { clock: realClock, random: realRandom, log };
    this.#carrier = carrier({
      enforced: (enforcement) => this.#enforced(enforcement),
      listening: (isListening) => this.#applicationListens(isListening),
      decided: (decisions) => this.#tellDecisions(decisions),
      unknownKey: () => this.#tellUnknownKey(),
      failed: (error) => this.#failed.reject(error),
    });
    this.#doors = new Doors({ ...parts, options, carrier: this.#carrier });
    this.#svidEnds = meter.gauge({
      name: 'selvage_svid_expiry_timestamp_seconds',
      help: 'When the X509-SVID in use ends, seconds since 1970',
      labels: [], // the node adds whose it is
    });
    this.#link = new NodeLink({
      ...host,
      path: options.socket,
      hello: () => this.#hello(),
      received: (message) => this.#receive(message),
      notUnderstood: (reason) => {
        // One that serves goes on with what it has; the node may be in the middle of an upgrade.
        if (!this.#isServing) this.#failed.reject(new SidecarError('NODE_NOT_UNDERSTOOD', reason));
      },
    });
    this.#reader = snapshotReader({ log, meter, ask: (message) => this.#link.send(message) });
    this.#keeper = new IdentityKeeper({
      ...host,
      request: (der) => this.#link.send({ type: 'csr', der: Buffer.from(der).toString('base64') }),
      use: (identity) => this.#useIdentity(identity),
    });
    this.#failed.promise.catch(() => undefined); // whoever waits on `failed` is told as well
  }

  /**
   * Resolves when the sidecar serves.
   *
   * @throws SidecarError WORKLOAD_REFUSED, WORKLOAD_REVOKED, NODE_SILENT; PlatformError ADDRESS_IN_USE
   */
  async start(): Promise<void> {
    this.#link.start();
    const patience = realClock.after(FIRST_CONTACT_MS, () => this.#missFirstContact());
    await Promise.race([this.#started.promise, this.#failed.promise]);
    patience.cancel();
  }

  /** Rejects when this sidecar lost its right to serve. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  #missFirstContact(): void {
    if (this.#welcome === undefined) {
      const { problem } = this.#link;
      const why = problem?.message ?? `'${this.#options.socket}' is silent`;
      const help = problem && { cause: problem, remedy: problem.remedy };
      this.#failed.reject(new SidecarError('NODE_SILENT', `no node answers: ${why}`, help));
      return;
    }
    this.#log.warn('not serving yet, the node has not given everything', {
      node: this.#welcome.node,
      svid:
        this.#svidEndsAt !== undefined ? 'there' : 'missing: `selvage status` on its node says why',
      policies: this.#enforcement === undefined ? 'missing' : 'there',
    });
  }

  /** Says that it drains, answers until callers have heard, finishes what is open, withdraws, and ends. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#link.ending();
    this.#sayDraining();
    if (this.inboundPort !== undefined) {
      await new Promise<void>((resolve) => realClock.after(LINGER_MS, resolve));
    }
    await this.#carrier.drain(this.#options.drainMs, 0);
    this.#link.send({ type: 'withdraw' });
    this.stop();
  }

  /**
   * Another sidecar of the workload serves on the same ports: leaves new connections to it, answers those who
   * still ask, and ends. Until then it follows the node, which decides on what is still open.
   */
  async handOver(): Promise<void> {
    this.#isEnding = true;
    const { drainMs } = this.#options;
    await Promise.all([this.#carrier.drain(drainMs, drainMs), this.#sayDrainingLater()]);
    this.#link.ending();
    this.#link.send({ type: 'withdraw' });
    this.stop();
  }

  /** Callers leave connections that are idle when the endpoint goes, and must know the other one by then. */
  async #sayDrainingLater(): Promise<void> {
    if (this.inboundPort === undefined) return;
    await new Promise<void>((resolve) => realClock.after(LINGER_MS, resolve));
    this.#sayDraining();
  }

  /** No new calls come from then on. Nothing where it never said that it is there. */
  #sayDraining(): void {
    const port = this.#announcedPort;
    if (port === undefined || this.#isReady === undefined) return;
    this.#link.send({ type: 'endpoint', port, ready: false, draining: true });
  }

  /** Where other sidecars reach it; undefined as long as it does not serve. */
  get inboundPort(): number | undefined {
    return this.#doors.inboundPort;
  }

  /** Where its application reaches services by name. */
  get names(): Names {
    return this.#names.names;
  }

  /** Ends at once. */
  stop(): void {
    this.#keeper.stop();
    this.#link.stop();
    this.#carrier.stop();
  }

  #hello(): SidecarMessage {
    const { namespace, service, port, labels, weight, upstreams } = this.#options;
    const key = service === undefined ? undefined : serviceKey(namespace, service);
    return {
      type: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      instance: this.#instance,
      namespace,
      ...(service === undefined ? {} : { serviceAccount: service }),
      ...(port === undefined || key === undefined
        ? {}
        : { serves: { service: key, labels, weight } }),
      upstreams: [...new Set(upstreams.map((upstream) => upstream.service))],
      named: namedOf(upstreams),
      run: this.#options.run,
      deltaVersion: DELTA_VERSION,
      ...(this.#options.netns === undefined ? {} : { isolated: true }),
      ...(this.#welcome === undefined ? {} : { resumed: true }),
      ...(this.#svidEndsAt === undefined ? {} : { svidEndsAt: this.#svidEndsAt }),
    };
  }

  #receive(message: NodeMessage): void {
    if (message.type === 'welcome') this.#welcomed(message);
    else if (message.type === 'refused') this.#refused(message);
    else if (message.type === 'svid') this.#keeper.take(message.chainPem, message.expiresAt);
    else if (message.type === 'policies') {
      const whole = this.#assembly.take(message);
      if (whole !== undefined) this.#carrier.follow(whole);
    } else if (message.type === 'metrics-request') this.#sendMetrics();
    else this.#follow(this.#reader.take(message));
  }

  #follow(snapshot: Snapshot | undefined): void {
    if (snapshot === undefined) return;
    try {
      this.#names.check(snapshot);
    } catch (error) {
      if (!this.#isServing) {
        this.#failed.reject(error);
        return;
      }
      // One that serves goes on with what it has, and with all else that is new.
      this.#log.error('a service cannot be called by name', { error });
    }
    this.#carrier.follow(snapshot);
    const { bundle, revocations } = this.#judgedBy ?? {};
    this.#judgedBy = snapshot;
    if (snapshot.bundle === bundle && snapshot.revocations === revocations) return;
    this.#keeper.follow(snapshotBundle(snapshot));
  }

  #welcomed(welcome: Welcome): void {
    const before = this.#welcome;
    if (before !== undefined && before.spiffeId !== welcome.spiffeId) {
      const message = `the process is now registered as ${welcome.spiffeId}, it was ${before.spiffeId}`;
      const remedy = 'Start it again to take up the other identity.';
      this.#failed.reject(new SidecarError('WORKLOAD_REFUSED', message, { remedy }));
      return;
    }
    this.#welcome = welcome;
    this.#log.info('attached to the node', { node: welcome.node, spiffeId: welcome.spiffeId });
    if (before === undefined) this.#carrier.begin(welcome.trustDomain);
    const hasMoved = this.#isServing && before?.inboundAddress !== welcome.inboundAddress;
    if (hasMoved) this.#moveInbound(welcome);
    else this.#announce();
    this.#keeper.begin(welcome.spiffeId);
  }

  /** The node listens elsewhere since its restart: so must this sidecar, or callers do not find it. */
  #moveInbound({ inboundAddress }: Welcome): void {
    this.#doors.openInbound(inboundAddress).then(
      () => this.#announce(), // not before: the port is another one
      (error: unknown) => this.#failed.reject(error),
    );
  }

  #refused({ code, message, remedy }: Refused): void {
    const isFresh = realClock.monotonic() - this.#startedAt < REGISTRATION_GRACE_MS;
    const mayPass =
      this.#welcome === undefined ? isFresh && MAY_PASS.has(code) : !ENDS_IDENTITY.has(code);
    if (mayPass) {
      this.#log.debug('refused by the node, asking again', { code, reason: message });
      return; // the link connects again by itself
    }
    const refusal = code === 'IDENTITY_REVOKED' ? 'WORKLOAD_REVOKED' : 'WORKLOAD_REFUSED';
    this.#failed.reject(new SidecarError(refusal, message, { remedy }));
  }

  #enforced(enforcement: Enforcement): void {
    this.#enforcement = enforcement;
    this.#link.send({ type: 'enforces', ...enforcement });
    this.#serveWhenReady();
  }

  #useIdentity(identity: HeldIdentity): void {
    this.#carrier.useIdentity(identity);
    this.#svidEndsAt = identity.notAfterMs;
    this.#svidEnds.set({}, identity.notAfterMs / 1_000);
    this.#serveWhenReady();
  }

  #serveWhenReady(): void {
    const welcome = this.#welcome;
    if (this.#isServing || welcome === undefined) return;
    if (this.#svidEndsAt === undefined || this.#enforcement === undefined) return;
    this.#isServing = true;
    this.#serve(welcome).then(this.#started.resolve, this.#failed.reject);
  }

  async #serve({ inboundAddress }: Welcome): Promise<void> {
    await this.#doors.open(inboundAddress);
    const { host, port } = this.#options;
    if (port !== undefined && this.inboundPort !== undefined) this.#carrier.watch({ host, port });
  }

  #applicationListens(isListening: boolean): void {
    const { port, host } = this.#options;
    this.#log.info(`application ${isListening ? '' : 'not '}listening`, { host, port });
    this.#isReady = isListening;
    this.#announce();
  }

  get #announcedPort(): number | undefined {
    return this.#options.advertisePort ?? this.inboundPort;
  }

  /** Says where the workload is reached, once that is known; again after each hello. */
  #announce(): void {
    const port = this.#announcedPort;
    if (port === undefined || this.#isReady === undefined || this.#isEnding) return;
    this.#link.send({ type: 'endpoint', port, ready: this.#isReady });
  }

  #tellDecisions(decisions: readonly SampledDecision[]): void {
    if (this.#welcome?.wantsDecisions === true) this.#link.send({ type: 'decisions', decisions });
  }

  #tellUnknownKey(): void {
    if (this.#welcome?.fetchesKeys === true) this.#link.send({ type: 'key-unknown' });
  }

  #sendMetrics(): void {
    this.#carrier.metrics().then(
      (metrics) => this.#link.send({ type: 'metrics', metrics }),
      (error: unknown) => this.#log.error('metrics not handed over', { error }),
    );
  }
}

/** Those that are called by name. */
const namedOf = (upstreams: SidecarOptions['upstreams']): ServiceKey[] => [
  ...new Set(upstreams.flatMap(({ service, port }) => (port === undefined ? [service] : []))),
];
