import { serviceKey } from '../core/index.ts';
import { UserTokens } from '../identity/index.ts';
import { bunSockets, realClock, realRandom } from '../platform/index.ts';
import type { Gauge, Log } from '../ports/index.ts';
import { createDataPlane, type DataPlane } from '../proxy/index.ts';
import {
  type NodeMessage,
  PolicyAssembly,
  type PolicyProgram,
  PROTOCOL_VERSION,
  type SidecarMessage,
  type Snapshot,
} from '../snapshot/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { SidecarError } from './errors.ts';
import { type HeldIdentity, IdentityKeeper } from './identity-keeper.ts';
import { NodeLink } from './node-link.ts';
import { LINGER_MS, REGISTRATION_GRACE_MS, type SidecarOptions } from './options.ts';
import { PolicyKeeper } from './policy-keeper.ts';

type Refused = Extract<NodeMessage, { type: 'refused' }>;
type Welcome = Extract<NodeMessage, { type: 'welcome' }>;
type View = PolicyProgram | Snapshot;

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
  'SERVICE_UNKNOWN',
  'SERVICE_NOT_YOURS',
]);
/** How long a sidecar waits for its node at first, milliseconds. */
const FIRST_CONTACT_MS = 5_000;
/** Of why policies are not in force; a node takes no more. */
const MAX_PROBLEM_CHARACTERS = 1_024;
const INSTANCE_BYTES = 12;
const UPSTREAM_HOST = '127.0.0.1';

/**
 * One workload's data plane and the little that it needs from its node: who it is, what it may see. It
 * serves when it has both, and goes on with them when the node is gone.
 */
export class Sidecar {
  readonly #options: SidecarOptions;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #users: UserTokens;
  readonly #plane: DataPlane;
  readonly #link: NodeLink;
  readonly #keeper: IdentityKeeper;
  readonly #policies: PolicyKeeper;
  readonly #assembly = new PolicyAssembly();
  readonly #svidEnds: Gauge<never>;
  readonly #started = Promise.withResolvers<void>();
  readonly #failed = Promise.withResolvers<never>();
  readonly #instance = Buffer.from(realRandom.bytes(INSTANCE_BYTES)).toString('hex');
  readonly #startedAt = realClock.monotonic();
  #welcome: Welcome | undefined;
  /** The last of the views that came, taken one after the other. */
  #turn = Promise.resolve();
  /** The trust set whose policies decide. */
  #enforced = 0;
  #snapshot: Snapshot | undefined;
  #hasIdentity = false;
  #isServing = false;
  #isEnding = false;
  #inboundPort: number | undefined;
  /** Whether the application listens; undefined until that is known. */
  #isReady: boolean | undefined;

  constructor(options: SidecarOptions, log: Log, metrics: Metrics) {
    this.#options = options;
    this.#log = log;
    this.#metrics = metrics;
    const host = { clock: realClock, random: realRandom, log };
    const { meter } = metrics;
    this.#users = new UserTokens({ clock: realClock, log, meter });
    this.#plane = createDataPlane({ ...host, sockets: bunSockets, meter, users: this.#users });
    this.#policies = new PolicyKeeper(realClock, log);
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
   * @throws SidecarError WORKLOAD_REFUSED, NODE_SILENT; PlatformError ADDRESS_IN_USE
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
      const message = `no node answers on ${this.#options.socket}`;
      this.#failed.reject(new SidecarError('NODE_SILENT', message));
      return;
    }
    this.#log.warn('not serving yet, the node has not given everything', {
      node: this.#welcome.node,
      svid: this.#hasIdentity ? 'there' : 'missing: no authority may be reachable',
      policies: this.#snapshot === undefined ? 'missing' : 'there',
    });
  }

  /** Withdraws the endpoint, answers for it until callers have heard, finishes what is open, and ends. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#link.ending();
    this.#link.send({ type: 'withdraw' });
    if (this.#inboundPort !== undefined) {
      await new Promise<void>((resolve) => realClock.after(LINGER_MS, resolve));
    }
    await this.#plane.drain(this.#options.drainMs);
    this.stop();
  }

  /** Ends at once. */
  stop(): void {
    this.#keeper.stop();
    this.#link.stop();
    this.#plane.stop();
  }

  #hello(): SidecarMessage {
    const { namespace, service, port, labels, upstreams } = this.#options;
    const key = service === undefined ? undefined : serviceKey(namespace, service);
    return {
      type: 'hello',
      protocolVersion: PROTOCOL_VERSION,
      instance: this.#instance,
      namespace,
      ...(service === undefined ? {} : { serviceAccount: service }),
      ...(port === undefined || key === undefined ? {} : { serves: { service: key, labels } }),
      upstreams: upstreams.map((upstream) => upstream.service),
      ...(this.#welcome === undefined ? {} : { resumed: true }),
    };
  }

  #receive(message: NodeMessage): void {
    if (message.type === 'welcome') this.#welcomed(message);
    else if (message.type === 'refused') this.#refused(message);
    else if (message.type === 'svid') this.#keeper.take(message.chainPem, message.expiresAt);
    else if (message.type === 'snapshot') this.#inTurn(message.snapshot);
    else if (message.type === 'policies') {
      const whole = this.#assembly.take(message);
      if (whole !== undefined) this.#inTurn(whole);
    } else this.#sendMetrics();
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
    if (before?.inboundAddress !== welcome.inboundAddress) this.#moveInbound(welcome);
    this.#announce();
    this.#keeper.begin(welcome.spiffeId);
  }

  /** The node listens elsewhere since its restart: so must this sidecar, or callers do not find it. */
  #moveInbound(welcome: Welcome): void {
    if (!this.#isServing) return;
    try {
      this.#openInbound(welcome);
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  #refused({ code, message, remedy }: Refused): void {
    const isFresh = realClock.monotonic() - this.#startedAt < REGISTRATION_GRACE_MS;
    const mayPass =
      this.#welcome === undefined ? isFresh && MAY_PASS.has(code) : !ENDS_IDENTITY.has(code);
    if (mayPass) {
      this.#log.debug('refused by the node, asking again', { code, reason: message });
      return; // the link connects again by itself
    }
    this.#failed.reject(new SidecarError('WORKLOAD_REFUSED', message, { remedy }));
  }

  /** Linking takes turns with the traffic, and what comes meanwhile waits for it. */
  #inTurn(view: View): void {
    this.#turn = this.#turn
      .then(() => this.#take(view))
      .catch((error: unknown) => {
        // One that cannot be followed must neither end this process nor keep the next one from it.
        this.#log.error('a view of the node was not followed', { error });
      });
  }

  async #take(view: View): Promise<void> {
    if (!('program' in view)) this.#apply(view);
    else if (this.#welcome !== undefined) {
      await this.#policies.take(this.#welcome.trustDomain, view.digest, view.program);
    }
  }

  #apply(snapshot: Snapshot): void {
    const { engine } = this.#policies;
    if (engine === undefined) return;
    const problem = this.#policies.problemWith(snapshot.policyDigest);
    this.#snapshot = snapshot;
    this.#users.configure(snapshot.authentications);
    this.#plane.apply({ snapshot, engine });
    const { trustVersion } = snapshot;
    this.#log.debug('snapshot in use', { trustVersion });
    const enforced = problem === undefined ? trustVersion : this.#enforced;
    this.#enforced = enforced;
    this.#link.send({
      type: 'enforces',
      trustVersion: enforced,
      ...(problem === undefined ? {} : { problem: problem.slice(0, MAX_PROBLEM_CHARACTERS) }),
    });
    this.#serveWhenReady();
  }

  #useIdentity(identity: HeldIdentity): void {
    this.#plane.useIdentity(identity);
    this.#hasIdentity = true;
    this.#svidEnds.set({}, identity.notAfterMs / 1_000);
    this.#serveWhenReady();
  }

  #serveWhenReady(): void {
    const welcome = this.#welcome;
    if (this.#isServing || welcome === undefined) return;
    if (!this.#hasIdentity || this.#snapshot === undefined) return;
    this.#isServing = true;
    try {
      for (const { service, port } of this.#options.upstreams) {
        this.#plane.openOutbound({ host: UPSTREAM_HOST, port, service });
      }
      this.#openInbound(welcome);
      this.#watchApplication();
      this.#started.resolve();
    } catch (error) {
      this.#failed.reject(error);
    }
  }

  #openInbound({ inboundAddress }: Welcome): void {
    const { port, host, service, namespace, inboundPort } = this.#options;
    if (port === undefined || service === undefined) return;
    const inbound = this.#plane.openInbound({
      host: inboundAddress,
      port: inboundPort ?? 0,
      service: serviceKey(namespace, service),
      target: { host, port },
    });
    this.#inboundPort = inbound.port;
    this.#log.info('inbound listener open', { address: inboundAddress, port: inbound.port });
  }

  #watchApplication(): void {
    const { port, host } = this.#options;
    if (port === undefined || this.#inboundPort === undefined) return;
    this.#plane.watchTarget({ host, port }, (ready) => {
      this.#log.info('application listening', { host, port, listening: ready });
      this.#isReady = ready;
      this.#announce();
    });
  }

  /** Says where the workload is reached, once that is known; again after each hello. */
  #announce(): void {
    const port = this.#options.advertisePort ?? this.#inboundPort;
    if (port === undefined || this.#isReady === undefined || this.#isEnding) return;
    this.#link.send({ type: 'endpoint', port, ready: this.#isReady });
  }

  #sendMetrics(): void {
    this.#metrics.json().then(
      (metrics) => this.#link.send({ type: 'metrics', metrics }),
      (error: unknown) => this.#log.error('metrics not handed over', { error }),
    );
  }
}
