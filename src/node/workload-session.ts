import {
  closest,
  err,
  ok,
  type Result,
  type ServiceKey,
  type SpiffeId,
  splitServiceKey,
  workloadSpiffeId,
} from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import { type ProcessFacts, registrationFor } from '../identity/index.ts';
import type { Channel, ChannelHandlers, Clock, Log } from '../ports/index.ts';
import { DEFAULT_WEIGHT, type EndpointClaim, portForCallers } from '../registry/index.ts';
import {
  encodeMessage,
  type Hello,
  MessageStream,
  type Needs,
  type NodeMessage,
  type PolicyProgram,
  policyMessages,
  type SidecarMessage,
  type Snapshot,
} from '../snapshot/index.ts';
import type { LimitedLog } from '../telemetry/index.ts';
import { Announcement, type SaidEndpoint } from './announcement.ts';
import type { Svid } from './issuance.ts';

/** Why a sidecar is turned away; it says so to the person who started it. */
export interface Refusal {
  /** Of a closed set: it is a kind of line in the log. */
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** What a session asks of its node. */
export interface SessionHost {
  readonly trust: () => TrustSet;
  readonly nodeUid: number;
  readonly node: TrustSet['authorities'][number]['node'];
  /** Where other nodes reach this node's sidecars. */
  readonly inboundAddress: string;
  /** Where the node runs, if that is said. */
  readonly locality?: string;
  readonly issue: (spiffeId: SpiffeId, csrDer: Uint8Array) => Promise<Svid>;
  readonly snapshotFor: (needs: Needs, policyDigest: string) => Snapshot;
  /** Where the workload of that key calls services by name. */
  readonly addressesOf: (
    workload: string,
    named: readonly ServiceKey[],
  ) => ReadonlyMap<ServiceKey, string>;
  /** Undefined until there are policies that this version reads. */
  readonly policies: () => PolicyProgram | undefined;
  /** False when another living session has this instance. */
  readonly claimInstance: (instance: string) => boolean;
  /** False when it could not be told: the session tries again at the next change. */
  readonly announce: (instance: string, claim: EndpointClaim) => boolean;
  readonly withdraw: (instance: string) => void;
  readonly changed: () => void;
  readonly clock: Clock;
  readonly log: Log;
  /** One for all sessions: any user of the host can be refused as often as it likes. */
  readonly limitedLog: LimitedLog;
}

type Enforced = Extract<SidecarMessage, { type: 'enforces' }>;

/** One attested sidecar, from its hello on. */
export interface Workload {
  /** The same for all sidecars of one `selvage run`: nobody else can give itself another's. */
  readonly key: string;
  readonly hello: Hello;
  readonly spiffeId: SpiffeId;
  svidEndsAt: number | undefined;
  /** Whether its application listens, as the sidecar sees it; undefined until it has said so. */
  listens: boolean | undefined;
  /** What the sidecar says that it decides by. */
  enforces: Omit<Enforced, 'type'> | undefined;
}

/**
 * The node's side of one sidecar's connection. Who the process is comes from the kernel; which identity
 * it may have, from the trust repository; what it says is a request.
 */
export class WorkloadSession {
  readonly facts: ProcessFacts;
  readonly #channel: Channel;
  readonly #host: SessionHost;
  readonly #messages = MessageStream.ofSidecar();
  readonly #announcement: Announcement;
  #workload: Workload | undefined;
  #sentSnapshot = '';
  #sentPolicies = '';
  #isIssuing = false;
  #isClosed = false;
  #metricsAsked: PromiseWithResolvers<unknown> | undefined;

  constructor(channel: Channel, facts: ProcessFacts, host: SessionHost) {
    this.#channel = channel;
    this.facts = facts;
    this.#host = host;
    this.#announcement = new Announcement(host.clock, (said) => this.#announce(said));
  }

  /** Undefined until it was welcomed. */
  get workload(): Readonly<Workload> | undefined {
    return this.#workload;
  }

  handlers(ended: () => void): ChannelHandlers {
    return {
      bytes: (bytes) => this.#receive(bytes),
      closed: () => {
        this.#isClosed = true;
        this.#announcement.stop();
        if (this.#workload !== undefined) this.#host.withdraw(this.#workload.hello.instance);
        this.#metricsAsked?.resolve(undefined);
        ended();
      },
    };
  }

  /** Sends the view anew if it changed, or ends the session when its identity was taken away. */
  refresh(): void {
    const workload = this.#workload;
    if (workload === undefined || this.#isClosed) return;
    const allowed = this.#judge(workload.hello);
    if (!allowed.ok || allowed.value !== workload.spiffeId) {
      this.#host.withdraw(workload.hello.instance);
      this.refuse(
        allowed.ok
          ? {
              code: 'IDENTITY_CHANGED',
              message: `the process is now registered as ${allowed.value}`,
              remedy: 'Start it again to take up the other identity.',
            }
          : allowed.error,
      );
      return;
    }
    this.#sendSnapshot(workload);
    this.#announcement.tryAgain();
  }

  /** Sends the view anew if it shows one of these services, whose endpoints may be others now. */
  followEndpoints(services: ReadonlySet<ServiceKey>): void {
    const workload = this.#workload;
    if (workload === undefined || this.#isClosed) return;
    if (workload.hello.upstreams.some((called) => services.has(called))) {
      this.#sendSnapshot(workload);
    }
    this.#announcement.tryAgain();
  }

  refuse(refusal: Refusal): void {
    const { pid, uid, executable } = this.facts;
    const { code, message: detail, remedy } = refusal;
    this.#host.limitedLog.warn('workload refused', code, { pid, uid, executable, detail, remedy });
    this.#send({ type: 'refused', ...refusal });
    this.close();
  }

  /** Ends the connection without a word: the sidecar goes on with what it has and connects anew. */
  close(): void {
    this.#isClosed = true;
    this.#channel.close();
  }

  /**
   * The sidecar's own metrics, or undefined when it does not answer by `deadline` or went away. Those
   * who ask meanwhile share one answer; a question that was not answered is put again.
   */
  async metrics(deadline: Promise<undefined>): Promise<unknown> {
    if (this.#workload === undefined || this.#isClosed) return undefined;
    if (this.#metricsAsked === undefined) {
      this.#metricsAsked = Promise.withResolvers();
      this.#send({ type: 'metrics-request' });
    }
    const asked = this.#metricsAsked;
    const answer = await Promise.race([asked.promise, deadline]);
    if (this.#metricsAsked === asked) this.#metricsAsked = undefined;
    return answer;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    const messages = this.#messages.push(bytes);
    if (!messages.ok) {
      this.refuse({
        code: 'MESSAGE_UNREADABLE',
        message: messages.error,
        remedy: 'Run the same version of selvage for the node and its sidecars.',
      });
      return;
    }
    for (const message of messages.value) if (!this.#isClosed) this.#take(message);
  }

  #take(message: SidecarMessage): void {
    const workload = this.#workload;
    if (message.type === 'hello') this.#welcome(message);
    else if (workload === undefined) {
      this.refuse({
        code: 'MESSAGE_UNREADABLE',
        message: `a sidecar begins with hello, not with ${message.type}`,
        remedy: 'Run the same version of selvage for the node and its sidecars.',
      });
    } else if (message.type === 'csr') void this.#issue(workload, message.der);
    else if (message.type === 'endpoint') {
      if (message.draining !== true) workload.listens = message.ready;
      this.#announcement.say(message);
    } else if (message.type === 'withdraw') this.#withdraw(workload);
    else if (message.type === 'enforces') this.#takeEnforced(workload, message);
    else this.#metricsAsked?.resolve(message.metrics);
  }

  #takeEnforced(workload: Workload, { trustVersion, problem, workers }: Enforced): void {
    workload.enforces = { trustVersion, problem, workers };
    if (problem === undefined) return;
    const { spiffeId } = workload;
    this.#host.log.error('a sidecar keeps older policies', { spiffeId, trustVersion, problem });
  }

  #welcome(hello: Hello): void {
    const allowed = this.#judge(hello);
    if (!allowed.ok) {
      this.refuse(allowed.error);
      return;
    }
    const unknown = hello.resumed === true ? undefined : this.#uncallable(hello);
    if (unknown !== undefined) {
      this.refuse(unknown);
      return;
    }
    if (this.#workload !== undefined || !this.#host.claimInstance(hello.instance)) {
      this.refuse({
        code: 'INSTANCE_IN_USE',
        message: `the instance ${hello.instance} is connected already`,
        remedy: 'End the other sidecar; each one chooses an instance of its own.',
      });
      return;
    }
    this.#messages.welcomed();
    const workload: Workload = {
      key: `${allowed.value} ${this.facts.uid} ${hello.run ?? hello.instance}`,
      hello,
      spiffeId: allowed.value,
      svidEndsAt: undefined,
      listens: undefined,
      enforces: undefined,
    };
    this.#workload = workload;
    const { node, inboundAddress, trust, log } = this.#host;
    const { pid, uid } = this.facts;
    log.info('workload attached', {
      spiffeId: allowed.value,
      pid,
      uid,
      serves: hello.serves?.service,
    });
    const { trustDomain } = trust();
    this.#send({ type: 'welcome', spiffeId: allowed.value, trustDomain, node, inboundAddress });
    this.#sendSnapshot(workload);
    this.#host.changed();
  }

  /** Asked at the first hello only: a service that is removed later leaves its callers running, without endpoints. */
  #uncallable({ upstreams, named = [] }: Hello): Refusal | undefined {
    const { services } = this.#host.trust();
    const known = services.map(({ key }) => key);
    const unknown = upstreams.find((upstream) => !known.includes(upstream));
    if (unknown !== undefined) {
      const near = closest(unknown, known) ?? known.find((key) => nameOf(key) === nameOf(unknown));
      return {
        code: 'UPSTREAM_UNKNOWN',
        message: `no service ${unknown} is in force${near === undefined ? '' : `; did you mean ${near}?`}`,
        remedy: 'Correct --upstream; `selvage get services` lists the services in force.',
      };
    }
    const nameless = services.find(
      (service) => named.includes(service.key) && portForCallers(service) === undefined,
    );
    if (nameless === undefined) return undefined;
    return {
      code: 'UPSTREAM_NAMELESS',
      message: `${nameless.key} cannot be called by name: nothing says at which port`,
      remedy: `Add \`port\` to the Service and apply it, or give it a local port: --upstream ${nameless.key}=PORT.`,
    };
  }

  /** The identity that this process may have, if it may also serve what it wants to serve. */
  #judge(hello: Hello): Result<SpiffeId, Refusal> {
    const { trust, node, nodeUid } = this.#host;
    const { trustDomain, registrations, services } = trust();
    const { namespace, serviceAccount, serves } = hello;
    const requested =
      serviceAccount === undefined
        ? undefined
        : workloadSpiffeId(trustDomain, namespace, serviceAccount);
    const found = registrationFor({ registrations, facts: this.facts, node, nodeUid, requested });
    if (!found.ok) return found;
    const { spiffeId } = found.value;
    if (serves === undefined) return ok(spiffeId);
    const service = services.find(({ key }) => key === serves.service);
    if (service === undefined) {
      return err({
        code: 'SERVICE_UNKNOWN',
        message: `no service ${serves.service} is in force`,
        remedy: 'Apply a Service of that name, or correct --service and --namespace.',
      });
    }
    if (service.identities.includes(spiffeId)) return ok(spiffeId);
    return err({
      code: 'SERVICE_NOT_YOURS',
      message: `${spiffeId} may not serve ${serves.service}: it is served by ${service.identities.join(', ')}`,
      remedy: 'Add the identity to the Service’s identities, and apply it.',
    });
  }

  /** One at a time: a sidecar that asks again meanwhile is not answered twice. */
  async #issue(workload: Workload, der: string): Promise<void> {
    if (this.#isIssuing) return;
    this.#isIssuing = true;
    const { issue, log } = this.#host;
    try {
      const csr = new Uint8Array(Buffer.from(der, 'base64'));
      const { chainPem, notAfter } = await issue(workload.spiffeId, csr);
      workload.svidEndsAt = notAfter;
      this.#send({ type: 'svid', chainPem: [...chainPem], expiresAt: notAfter });
      this.#host.changed();
    } catch (error) {
      // The sidecar asks again by itself; what it has stays good until its end.
      const left = workload.svidEndsAt;
      log.warn('no svid for a workload', {
        spiffeId: workload.spiffeId,
        error: error instanceof Error ? error.message : String(error),
        ...(left === undefined ? {} : { endsAt: new Date(left).toISOString() }),
      });
    } finally {
      this.#isIssuing = false;
    }
  }

  #announce({ port, ready, draining = false }: SaidEndpoint): boolean {
    const workload = this.#workload;
    if (workload?.hello.serves === undefined || this.#isClosed) return false;
    const { service, labels, weight = DEFAULT_WEIGHT } = workload.hello.serves;
    const { spiffeId, hello } = workload;
    const { inboundAddress: address, locality, announce } = this.#host;
    return announce(hello.instance, {
      ...{ service, spiffeId, address, port, ready: ready && !draining, draining, labels, weight },
      ...(locality === undefined ? {} : { locality }),
    });
  }

  #withdraw({ hello }: Workload): void {
    this.#announcement.forget();
    this.#host.withdraw(hello.instance);
  }

  #sendSnapshot({ key, hello }: Workload): void {
    const { upstreams, named = [], serves } = hello;
    const needs: Needs = {
      upstreams,
      ...(serves === undefined ? {} : { serves: serves.service }),
      addresses: this.#host.addressesOf(key, named),
    };
    const policies = this.#host.policies();
    if (policies === undefined) return; // without them nothing may be decided
    if (policies.digest !== this.#sentPolicies) {
      this.#sentPolicies = policies.digest;
      for (const part of policyMessages(policies)) this.#send(part);
    }
    const snapshot = this.#host.snapshotFor(needs, policies.digest);
    const message: NodeMessage = { type: 'snapshot', snapshot };
    const text = JSON.stringify(message);
    if (text === this.#sentSnapshot) return;
    this.#sentSnapshot = text;
    this.#send(message);
  }

  #send(message: NodeMessage): void {
    if (!this.#isClosed) this.#channel.send(encodeMessage(message));
  }
}

const nameOf = (key: ServiceKey): string => splitServiceKey(key).name;
