import type { TrustDomain } from '../core/index.ts';
import { UserTokens } from '../identity/index.ts';
import { bunDatagrams, bunSockets, realClock, realRandom } from '../platform/index.ts';
import type { Datagrams, Gauge, Log, Sockets } from '../ports/index.ts';
import { createDataPlane, type DataPlane } from '../proxy/index.ts';
import type { Door, Place, Snapshot } from '../snapshot/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { ApplicationSide } from './application-side.ts';
import type { Carrier, CarrierEvents, Enforcement, View } from './carrier.ts';
import type { HeldIdentity } from './identity-keeper.ts';
import { nowAndThen } from './now-and-then.ts';
import { PolicyKeeper } from './policy-keeper.ts';

/** Of why policies are not in force; a node takes no more. */
const MAX_PROBLEM_CHARACTERS = 1_024;

/** Ports are shared with the sidecar's other workers, and with the process that takes over from this one. */
const sharedSockets: Sockets = {
  ...bunSockets,
  listen: (options, handlers) => bunSockets.listen({ ...options, reusePort: true }, handlers),
};

const sharedDatagrams: Datagrams = {
  ...bunDatagrams,
  bind: (at, handlers) => bunDatagrams.bind({ ...at, reusePort: true }, handlers),
};

/** How often the node hears at most that a token's key is not known, milliseconds. */
const UNKNOWN_KEY_PERIOD_MS = 10_000;

/** Carries the bytes in this process. */
export class OwnCarrier implements Carrier {
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #events: CarrierEvents;
  readonly #users: UserTokens;
  readonly #plane: DataPlane;
  readonly #policies: PolicyKeeper;
  readonly #held: Gauge<'what'>;
  #trustDomain: TrustDomain | undefined;
  /** The last of the views that came, taken one after the other. */
  #turn = Promise.resolve();
  /** The trust set whose policies decide. */
  #enforced: Pick<Enforcement, 'trustVersion' | 'trustDigest'> = { trustVersion: 0 };

  constructor(
    log: Log,
    metrics: Metrics,
    events: CarrierEvents,
    application = new ApplicationSide(undefined),
  ) {
    this.#log = log;
    this.#metrics = metrics;
    this.#events = events;
    const { meter } = metrics;
    const host = { clock: realClock, random: realRandom, log, meter };
    const unknownKey = nowAndThen(UNKNOWN_KEY_PERIOD_MS, realClock, events.unknownKey);
    this.#users = new UserTokens({ ...host, unknownKey });
    this.#plane = createDataPlane({
      ...host,
      users: this.#users,
      sockets: sharedSockets,
      applicationSockets: application.sockets(sharedSockets),
      datagrams: application.datagrams(sharedDatagrams),
      decided: (decisions) => events.decided(decisions),
    });
    this.#policies = new PolicyKeeper(realClock, log);
    this.#held = meter.gauge({
      name: 'selvage_held',
      help: 'What the data plane holds now; without traffic only pooled connections, which are servers too',
      labels: ['what'],
    });
  }

  begin(trustDomain: TrustDomain): void {
    this.#trustDomain = trustDomain;
  }

  useIdentity(identity: HeldIdentity): void {
    this.#plane.useIdentity(identity);
  }

  /** Linking takes turns with the traffic, and what comes meanwhile waits for it. */
  follow(view: View): Promise<void> {
    this.#turn = this.#turn
      .then(() => this.#take(view))
      .catch((error: unknown) => {
        // One that cannot be followed must neither end this process nor keep the next one from it.
        this.#log.error('a view of the node was not followed', { error });
      });
    return this.#turn;
  }

  async #take(view: View): Promise<void> {
    if (!('program' in view)) this.#apply(view);
    else if (this.#trustDomain !== undefined) {
      await this.#policies.take(this.#trustDomain, view.digest, view.program);
    }
  }

  #apply(snapshot: Snapshot): void {
    const { engine } = this.#policies;
    if (engine === undefined) return;
    const problem = this.#policies.problemWith(snapshot.policyDigest);
    this.#users.configure(snapshot.authentications, snapshot.revocations?.all);
    this.#plane.apply({ snapshot, engine });
    const { trustVersion, trustDigest } = snapshot;
    this.#log.debug('snapshot in use', { trustVersion });
    if (problem === undefined) this.#enforced = { trustVersion, trustDigest };
    this.#events.enforced({
      ...this.#enforced,
      ...(problem === undefined ? {} : { problem: problem.slice(0, MAX_PROBLEM_CHARACTERS) }),
    });
  }

  async open(door: Door): Promise<void> {
    switch (door.direction) {
      case 'inbound':
        this.#plane.openInbound(door);
        break;
      case 'hbone':
        this.#plane.openHbone(door);
        break;
      case 'outbound':
        this.#plane.openOutbound(door);
        break;
      case 'captured-inbound':
        this.#plane.captureInbound(door);
        break;
      case 'captured-outbound':
        this.#plane.captureOutbound(door);
    }
  }

  watch(target: Place): void {
    this.#plane.watchTarget(target, (isListening) => this.#events.listening(isListening));
  }

  metrics(): Promise<unknown> {
    for (const [what, count] of Object.entries(this.#plane.census()))
      this.#held.set({ what }, count);
    return this.#metrics.json();
  }

  drain(limitMs: number, patienceMs: number): Promise<void> {
    return this.#plane.drain(limitMs, patienceMs);
  }

  stop(): void {
    this.#plane.stop();
  }
}
