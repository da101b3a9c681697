import { err, type Result, type ServiceKey, type SpiffeId } from '../core/index.ts';
import type { ProcessFacts } from '../identity/index.ts';
import type { SampledDecision } from '../policy/index.ts';
import type { Channel, ChannelHandlers } from '../ports/index.ts';
import { DEFAULT_WEIGHT } from '../registry/index.ts';
import {
  encodeMessage,
  type Hello,
  MessageStream,
  type NodeMessage,
  type SidecarMessage,
  type StreamFault,
} from '../snapshot/index.ts';
import { Announcement, type SaidEndpoint } from './announcement.ts';
import { PacedReading } from './paced-reading.ts';
import type { AttestedProcess } from './process-attestation.ts';
import { revokedIdentity } from './revoked-identity.ts';
import type { SessionHost } from './session-host.ts';
import { identityChanged, instanceInUse, unreadableMessage } from './session-refusals.ts';
import { hangsOnDigest, judgeWorkload, type Refusal, uncallable } from './workload-admission.ts';
import { WorkloadView } from './workload-view.ts';

type Enforced = Extract<SidecarMessage, { type: 'enforces' }>;

/** One attested sidecar, from its hello on. */
export interface Workload {
  /** The same for all sidecars of one `selvage run`: nobody else can give itself another's. */
  readonly key: string;
  readonly hello: Hello;
  readonly spiffeId: SpiffeId;
  /** Of the last SVID that this node gave it, or that it says it has from before. */
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
  readonly #attested: AttestedProcess;
  readonly #channel: Channel;
  readonly #host: SessionHost;
  readonly #reading: PacedReading;
  readonly #messages = MessageStream.ofSidecar((type) => this.#wants(type));
  readonly #announcement: Announcement;
  #facts: ProcessFacts;
  #workload: Workload | undefined;
  #view: WorkloadView | undefined;
  #isIssuing = false;
  #isClosed = false;
  #metricsAsked: PromiseWithResolvers<unknown> | undefined;

  constructor(channel: Channel, attested: AttestedProcess, host: SessionHost) {
    this.#channel = channel;
    this.#attested = attested;
    this.#facts = attested.facts;
    this.#host = host;
    const read = (bytes: Uint8Array) => this.#receive(bytes);
    this.#reading = new PacedReading({ channel, clock: host.clock, read });
    this.#announcement = new Announcement(host.clock, (said) => this.#announce(said));
  }

  get facts(): ProcessFacts {
    return this.#facts;
  }

  get keeper(): AttestedProcess['keeper'] {
    return this.#attested.keeper;
  }

  /** Undefined until it was welcomed. */
  get workload(): Readonly<Workload> | undefined {
    return this.#workload;
  }

  handlers(ended: () => void): ChannelHandlers {
    return {
      bytes: (bytes) => this.#reading.receive(bytes),
      closed: () => {
        this.#isClosed = true;
        this.#reading.stop();
        this.#announcement.stop();
        this.#view?.stop();
        if (this.#workload !== undefined) this.#host.withdraw(this.#workload.hello.instance);
        this.#metricsAsked?.resolve(undefined);
        ended();
      },
    };
  }

  /** Tells what changed in what it may see, or ends the session when its identity was taken away. */
  refresh(): void {
    const workload = this.#workload;
    if (workload === undefined || this.#isClosed) return;
    if (this.#measures(workload.hello, () => this.refresh())) return;
    const allowed = this.#judge(workload.hello, workload.spiffeId);
    if (!allowed.ok) {
      this.#host.withdraw(workload.hello.instance);
      this.refuse(allowed.error);
      return;
    }
    this.#view?.refresh();
    this.#announcement.tryAgain();
  }

  /** Tells what is different if it shows one of these services, whose endpoints may be others now. */
  followEndpoints(services: ReadonlySet<ServiceKey>): void {
    if (this.#workload === undefined || this.#isClosed) return;
    this.#view?.followEndpoints(services);
    this.#announcement.tryAgain();
  }

  refuse(refusal: Refusal): void {
    const { code, message: detail, remedy } = refusal;
    this.#host.limitedLog.warnOnce('workload refused', code, { ...this.facts, detail, remedy });
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
      this.refuse(unreadableMessage(messages.error));
      return;
    }
    for (const message of messages.value) if (!this.#isClosed) this.#take(message);
  }

  #wants(type: string): boolean {
    const isWanted = this.#reading.counts(type);
    if (!isWanted) this.#host.decisionsLost();
    return isWanted;
  }

  #take(message: SidecarMessage): void {
    const workload = this.#workload;
    if (message.type === 'hello') this.#welcome(message);
    else if (workload === undefined) {
      this.refuse(unreadableMessage(`a sidecar begins with hello, not with ${message.type}`));
    } else if (message.type === 'csr') void this.#issue(workload, message.der);
    else if (message.type === 'endpoint') {
      if (message.draining !== true) workload.listens = message.ready;
      this.#announcement.say(message);
    } else if (message.type === 'withdraw') this.#withdraw(workload);
    else if (message.type === 'enforces') this.#takeEnforced(workload, message);
    else if (message.type === 'decisions') this.#takeDecisions(workload, message.decisions);
    else if (message.type === 'key-unknown') this.#host.unknownKey();
    else if (message.type === 'snapshot-request') this.#tellWhole(workload, message.fault);
    else this.#metricsAsked?.resolve(message.metrics);
  }

  /** The identity that it may have, or why it may have none, or `held` no more. */
  #judge(hello: Hello, held?: SpiffeId): Result<SpiffeId, Refusal> {
    const allowed = judgeWorkload(hello, this.facts, this.#host);
    if (!allowed.ok) return allowed;
    const { value: spiffeId } = allowed;
    if (held !== undefined && held !== spiffeId) return err(identityChanged(spiffeId));
    // The same process stays revoked, however often it connects.
    const isRevoked = this.#host.isRevoked(spiffeId, this.#attested.attestedAtMs);
    return isRevoked ? err(revokedIdentity(spiffeId)) : allowed;
  }

  #viewOf({ key, hello, spiffeId }: Workload): WorkloadView {
    return new WorkloadView({
      key,
      hello,
      host: this.#host,
      send: (message) => this.#send(message),
      failed: (error) => {
        // It must not keep what it may have lost: it connects anew.
        this.#host.log.error('a workload could not be told of a change', { spiffeId, error });
        this.close();
      },
    });
  }

  #tellWhole({ spiffeId }: Workload, fault: StreamFault): void {
    if (this.#view?.wholeWanted() !== true) return;
    this.#host.limitedLog.warn('a sidecar is told the whole snapshot again', fault, { spiffeId });
  }

  /** It can speak of calls to its own service, and of its own calls. */
  #takeDecisions({ spiffeId, hello }: Workload, decisions: readonly SampledDecision[]): void {
    const own = decisions.filter(
      ({ request: { principal, resource } }) =>
        resource === hello.serves?.service || principal === spiffeId,
    );
    this.#host.decided(spiffeId, own);
  }

  #takeEnforced(workload: Workload, { type: _, ...enforces }: Enforced): void {
    const before = workload.enforces;
    workload.enforces = enforces;
    const { trustVersion, trustDigest, problem } = enforces;
    if (trustDigest !== before?.trustDigest || problem !== before?.problem) this.#host.enforced();
    if (problem === undefined) return;
    const { spiffeId } = workload;
    const fields = { spiffeId, trustVersion, problem };
    this.#host.limitedLog.error('a sidecar keeps older policies', 'problem', fields);
  }

  /** Whether a fact that costs something has to be looked up first; then `next` follows. */
  #measures(hello: Hello, next: () => void): boolean {
    if (!hangsOnDigest(hello, this.facts, this.#host)) return false;
    void this.#attested.measured().then((facts) => {
      this.#facts = facts;
      if (!this.#isClosed) next();
    });
    return true;
  }

  #welcome(hello: Hello): void {
    if (this.#measures(hello, () => this.#welcome(hello))) return;
    const allowed = this.#judge(hello);
    if (!allowed.ok) {
      this.refuse(allowed.error);
      return;
    }
    // A service that is removed later leaves its callers running, without endpoints.
    const unknown = hello.resumed === true ? undefined : uncallable(hello, this.#host.trust());
    if (unknown !== undefined) {
      this.refuse(unknown);
      return;
    }
    if (this.#workload !== undefined || !this.#host.claimInstance(hello.instance)) {
      this.refuse(instanceInUse(hello.instance));
      return;
    }
    this.#attach(hello, allowed.value);
  }

  #attach(hello: Hello, spiffeId: SpiffeId): void {
    this.#messages.welcomed();
    const { pid, uid } = this.facts;
    const workload: Workload = {
      key: `${spiffeId} ${uid} ${hello.run ?? hello.instance}`,
      hello,
      spiffeId,
      svidEndsAt: hello.svidEndsAt,
      listens: undefined,
      enforces: undefined,
    };
    this.#workload = workload;
    const { node, inboundAddress, trust, log } = this.#host;
    log.info('workload attached', { spiffeId, pid, uid, serves: hello.serves?.service });
    this.#send({
      type: 'welcome',
      spiffeId,
      trustDomain: trust().trustDomain,
      node,
      inboundAddress,
      wantsDecisions: true,
      fetchesKeys: true,
    });
    this.#view = this.#viewOf(workload);
    this.#view.refresh();
    this.#host.changed();
  }

  /** One at a time: a sidecar that asks again meanwhile is not answered twice. */
  async #issue(workload: Workload, der: string): Promise<void> {
    if (this.#isIssuing) return;
    this.#isIssuing = true;
    const { issue, limitedLog } = this.#host;
    try {
      const csr = new Uint8Array(Buffer.from(der, 'base64'));
      const { attestedAtMs } = this.#attested;
      const { chainPem, notAfter } = await issue(workload.spiffeId, csr, attestedAtMs);
      workload.svidEndsAt = notAfter;
      this.#send({ type: 'svid', chainPem: [...chainPem], expiresAt: notAfter });
      this.#host.changed();
    } catch (error) {
      // The sidecar asks again by itself; what it has stays good until its end.
      const left = workload.svidEndsAt;
      limitedLog.warn('no svid for a workload', 'not-issued', {
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
      service,
      spiffeId,
      address,
      port,
      ready: ready && !draining,
      draining,
      labels,
      weight,
      ...(locality === undefined ? {} : { locality }),
    });
  }

  #withdraw({ hello }: Workload): void {
    this.#announcement.forget();
    this.#host.withdraw(hello.instance);
  }

  #send(message: NodeMessage): void {
    if (!this.#isClosed) this.#channel.send(encodeMessage(message));
  }
}
