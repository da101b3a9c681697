import { EXIT, SelvageError } from '../core/index.ts';
import {
  onSignals,
  onUnhandledRejection,
  parentChannel,
  processTerminal,
} from '../platform/index.ts';
import type { Channel, Log } from '../ports/index.ts';
import {
  encodeMessage,
  followDelta,
  MessageStream,
  PolicyAssembly,
  type Snapshot,
  type WorkerOrder,
  type WorkerReport,
} from '../snapshot/index.ts';
import { createLog, createMetrics } from '../telemetry/index.ts';
import { ApplicationSide } from './application-side.ts';
import type { CarrierEvents } from './carrier.ts';
import type { SidecarOptions } from './options.ts';
import { OwnCarrier } from './own-carrier.ts';

export interface WorkerOptions {
  /** Whose bytes it carries, for the log. */
  readonly workload: string;
  readonly logLevel: SidecarOptions['logLevel'];
  /** See {@link SidecarOptions.netns}. */
  readonly netns?: string;
}

/**
 * Runs one of a sidecar's workers until the sidecar ends it or is gone; returns its exit code.
 *
 * @throws PlatformError SOCKET_UNREACHABLE when no sidecar started it
 */
export async function runWorker({ workload, logLevel, netns }: WorkerOptions): Promise<number> {
  const destination = { write: processTerminal().writeError };
  const log = createLog({ level: logLevel, name: 'worker', destination }).child({ workload });
  onUnhandledRejection((error) => log.error('a failure that nobody waited for', { error }));
  // Whoever sends one means the sidecar, and Ctrl-C reaches the whole group.
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], () => undefined);
  const application = new ApplicationSide(netns);
  const ended = Promise.withResolvers<void>();
  await parentChannel((channel) => {
    const orders = new OrderBook(channel, log, application);
    return {
      bytes: (bytes) => orders.receive(bytes),
      closed() {
        orders.stop();
        ended.resolve();
      },
    };
  });
  await ended.promise;
  return EXIT.ok;
}

/** Follows the sidecar's orders, and reports. */
class OrderBook {
  readonly #channel: Channel;
  readonly #log: Log;
  readonly #carrier: OwnCarrier;
  readonly #messages = MessageStream.ofOrders();
  readonly #assembly = new PolicyAssembly();
  #snapshot: Snapshot | undefined;

  constructor(channel: Channel, log: Log, application: ApplicationSide) {
    this.#channel = channel;
    this.#log = log;
    const events: CarrierEvents = {
      enforced: (enforcement) => this.#report({ type: 'enforced', ...enforcement }),
      listening: (isListening) => this.#report({ type: 'listening', isListening }),
      decided: (decisions) => this.#report({ type: 'decisions', decisions }),
      unknownKey: () => this.#report({ type: 'key-unknown' }),
      failed: () => this.#channel.close(),
    };
    this.#carrier = new OwnCarrier(log, createMetrics(), events, application);
  }

  receive(bytes: Uint8Array): void {
    const orders = this.#messages.push(bytes);
    if (!orders.ok) {
      this.#log.error('an order of the sidecar is not understood', { reason: orders.error });
      this.#channel.close();
      return;
    }
    for (const order of orders.value) {
      this.#take(order).catch((error: unknown) => {
        // A defect of ours: half of a state is none, and the sidecar starts another worker.
        this.#log.error('an order was not followed', { type: order.type, error });
        this.#channel.close();
      });
    }
  }

  stop(): void {
    this.#carrier.stop();
  }

  async #take(order: WorkerOrder): Promise<void> {
    if (order.type === 'metrics-request') {
      this.#report({ type: 'metrics', metrics: await this.#carrier.metrics() });
    } else if (order.type === 'drain') {
      await this.#carrier.drain(order.limitMs, order.patienceMs);
      this.#report({ type: 'drained' });
    } else {
      this.#report(await this.#outcome(order));
    }
  }

  async #outcome(order: WorkerOrder): Promise<WorkerReport> {
    try {
      await this.#follow(order);
      return { type: 'done' };
    } catch (error) {
      if (!(error instanceof SelvageError)) throw error;
      const { code, message, remedy } = error;
      return { type: 'done', failure: { code, message, remedy } };
    }
  }

  /** A ping wants nothing but the answer. */
  async #follow(order: WorkerOrder): Promise<void> {
    const carrier = this.#carrier;
    if (order.type === 'begin') carrier.begin(order.trustDomain);
    else if (order.type === 'identity') carrier.useIdentity(order.identity);
    else if (order.type === 'snapshot') await this.#use(order.snapshot);
    else if (order.type === 'delta') await this.#use(this.#changed(order));
    else if (order.type === 'open') await carrier.open(order.door);
    else if (order.type === 'watch') carrier.watch(order.target);
    else if (order.type === 'policies') {
      const whole = this.#assembly.take(order);
      if (whole !== undefined) await carrier.follow(whole);
    }
  }

  async #use(snapshot: Snapshot): Promise<void> {
    this.#snapshot = snapshot;
    await this.#carrier.follow(snapshot);
  }

  /** Orders are neither lost nor doubled on their way: a change that does not fit is a defect. */
  #changed({ delta, digest }: Extract<WorkerOrder, { type: 'delta' }>): Snapshot {
    if (this.#snapshot === undefined) throw new Error('a change came before any snapshot');
    const next = followDelta(this.#snapshot, delta, digest);
    if (!next.ok) throw new Error(next.error.words);
    return next.value;
  }

  #report(report: WorkerReport): void {
    this.#channel.send(encodeMessage(report));
  }
}
