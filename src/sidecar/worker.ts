import { type ChannelChild, startChannelChild } from '../platform/index.ts';
import type { SampledDecision } from '../policy/index.ts';
import type { Clock } from '../ports/index.ts';
import {
  encodeMessage,
  MessageStream,
  type WorkerOrder,
  type WorkerReport,
} from '../snapshot/index.ts';
import type { Enforcement } from './carrier.ts';
import { SidecarError } from './errors.ts';
import { errorOf } from './supervision.ts';

/** How long one order may take: one that takes longer hangs. Linking 10,000 policies under load takes seconds. */
const ORDER_LIMIT_MS = 30_000;

export interface WorkerEvents {
  enforced(enforcement: Enforcement): void;
  listening(isListening: boolean): void;
  decided(decisions: readonly SampledDecision[]): void;
  unknownKey(): void;
}

/** One worker process of a sidecar, as the sidecar sees it. */
export class Worker {
  readonly #clock: Clock;
  readonly #events: WorkerEvents;
  readonly #reports = MessageStream.ofWorker();
  #child: ChannelChild | undefined;
  #order: PromiseWithResolvers<void> | undefined;
  #metricsAsked: PromiseWithResolvers<unknown> | undefined;
  readonly #drained = Promise.withResolvers<void>();
  #isOver = false;

  private constructor(clock: Clock, events: WorkerEvents) {
    this.#clock = clock;
    this.#events = events;
  }

  /** @throws PlatformError PROGRAM_NOT_STARTED */
  static async start(
    command: readonly string[],
    clock: Clock,
    events: WorkerEvents,
  ): Promise<Worker> {
    const worker = new Worker(clock, events);
    worker.#child = await startChannelChild(command, () => ({
      bytes: (bytes) => worker.#receive(bytes),
      closed: () => worker.#closed(),
    }));
    return worker;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Its exit code. */
  get exited(): Promise<number> {
    return this.#child?.exited ?? Promise.resolve(0);
  }

  /**
   * Gives an order, and waits until it is followed; the one before must be.
   *
   * @throws SidecarError, PlatformError what the worker could not do; SIDECAR_ENDED when it ended
   */
  async order(order: WorkerOrder): Promise<void> {
    if (this.#isOver) throw ended();
    const outcome = Promise.withResolvers<void>();
    this.#order = outcome;
    const limit = this.#clock.after(ORDER_LIMIT_MS, () => this.end());
    this.#send(order);
    await outcome.promise.finally(() => limit.cancel());
  }

  /** Undefined when it has ended, or does not answer by `deadline`. */
  async metrics(deadline: Promise<undefined>): Promise<unknown> {
    if (this.#isOver) return undefined;
    if (this.#metricsAsked === undefined) {
      this.#metricsAsked = Promise.withResolvers();
      this.#send({ type: 'metrics-request' });
    }
    return await Promise.race([this.#metricsAsked.promise, deadline]);
  }

  /** Resolves when it has drained or ended. */
  drain(limitMs: number, patienceMs: number): Promise<void> {
    this.#send({ type: 'drain', limitMs, patienceMs });
    return this.#drained.promise;
  }

  /** Ends it at once, whatever it does. */
  end(): void {
    this.#child?.kill('SIGKILL');
  }

  #send(order: WorkerOrder): void {
    this.#child?.channel.send(encodeMessage(order));
  }

  #receive(bytes: Uint8Array): void {
    const reports = this.#reports.push(bytes);
    if (!reports.ok) this.end();
    else for (const report of reports.value) this.#take(report);
  }

  #take(report: WorkerReport): void {
    if (report.type === 'done') this.#settle(report);
    else if (report.type === 'enforced') this.#events.enforced(enforcementOf(report));
    else if (report.type === 'listening') this.#events.listening(report.isListening);
    else if (report.type === 'decisions') this.#events.decided(report.decisions);
    else if (report.type === 'key-unknown') this.#events.unknownKey();
    else if (report.type === 'drained') this.#drained.resolve();
    else {
      this.#metricsAsked?.resolve(report.metrics);
      this.#metricsAsked = undefined;
    }
  }

  #settle({ failure }: Extract<WorkerReport, { type: 'done' }>): void {
    if (failure === undefined) this.#order?.resolve();
    else this.#order?.reject(errorOf(failure));
  }

  #closed(): void {
    this.#isOver = true;
    this.end();
    this.#order?.reject(ended());
    this.#metricsAsked?.resolve(undefined);
    this.#drained.resolve();
  }
}

const ended = () => new SidecarError('SIDECAR_ENDED', 'a worker ended before it could serve');

const enforcementOf = ({
  type: _,
  ...enforcement
}: Extract<WorkerReport, { type: 'enforced' }>): Enforcement => enforcement;
