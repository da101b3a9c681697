import type { TrustDomain } from '../core/index.ts';
import { bunSockets } from '../platform/index.ts';
import type { Clock, Counter, Log } from '../ports/index.ts';
import type { Door, Place, Snapshot } from '../snapshot/index.ts';
import { type Metrics, SummedMetrics } from '../telemetry/index.ts';
import type { Carrier, CarrierEvents, Enforcement, View } from './carrier.ts';
import { SidecarError } from './errors.ts';
import type { HeldIdentity } from './identity-keeper.ts';
import { WorkerSlot } from './worker-slot.ts';
import { NO_STATE, type WorkerState } from './worker-state.ts';

/** How long workers have to hand over their metrics, milliseconds: less than a node gives their sidecar. */
const METRICS_LIMIT_MS = 300;

export interface WorkerPoolParts {
  readonly count: number;
  /** Starts a worker. */
  readonly command: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Of this process. */
  readonly metrics: Metrics;
  readonly events: CarrierEvents;
}

/**
 * Carries the bytes in several processes that share the sidecar's ports. Each has the same state; this process
 * keeps the last one, so that a worker that ended is replaced whether the node is there or not.
 */
export class WorkerPool implements Carrier {
  readonly #parts: WorkerPoolParts;
  readonly #slots: readonly WorkerSlot[];
  readonly #sums = new SummedMetrics();
  #wanted = NO_STATE;
  /** What is watched, and by whose worker. */
  #target: Place | undefined;
  #watcher: WorkerSlot | undefined;
  /** While all are opening a door. */
  #opening: PromiseWithResolvers<void> | undefined;
  /** All workers were there once: one that ends is replaced, and no reason to give up. */
  #hasServed = false;
  readonly #restarts: Counter<never>;
  /** What was told last, and of which snapshot. */
  #told: { readonly snapshot: Snapshot | undefined; readonly text: string } | undefined;

  constructor(parts: WorkerPoolParts) {
    this.#parts = parts;
    this.#restarts = parts.metrics.meter.counter({
      name: 'selvage_worker_ends_total',
      help: 'Workers that ended by themselves, and were replaced',
      labels: [],
    });
    this.#slots = Array.from({ length: parts.count }, () => this.#slot());
  }

  #slot(): WorkerSlot {
    const { clock, log, command, events } = this.#parts;
    const slot: WorkerSlot = new WorkerSlot({
      clock,
      log,
      command,
      wanted: () => this.#wantedOf(slot),
      changed: () => this.#changed(),
      linked: (proven) => {
        this.#wanted = { ...this.#wanted, proven };
      },
      lost: (pid) => this.#lost(pid),
      listening: events.listening,
      decided: events.decided,
      unknownKey: events.unknownKey,
      failed: (error) => this.#failed(error),
    });
    return slot;
  }

  #wantedOf(slot: WorkerSlot): WorkerState {
    const target = slot === this.#watcher ? this.#target : undefined;
    return target === undefined ? this.#wanted : { ...this.#wanted, target };
  }

  begin(trustDomain: TrustDomain): void {
    this.#want({ trustDomain });
    for (const slot of this.#slots) slot.start();
  }

  useIdentity(identity: HeldIdentity): void {
    bunSockets.tlsContext({ ...identity, authoritiesPem: [] }); // throws when it cannot be used
    this.#want({ identity });
  }

  follow(view: View): void {
    this.#want('program' in view ? { policies: view } : { snapshot: view });
  }

  async open(door: Door): Promise<void> {
    const opening = Promise.withResolvers<void>();
    this.#opening = opening;
    this.#want({ doors: [...this.#wanted.doors, door] });
    await opening.promise;
  }

  watch(target: Place): void {
    this.#target = target;
    this.#want({});
  }

  async metrics(): Promise<unknown> {
    const { promise: deadline, resolve } = Promise.withResolvers<undefined>();
    const timer = this.#parts.clock.after(METRICS_LIMIT_MS, () => resolve(undefined));
    const processes = [
      { name: 'sidecar', metrics: this.#parts.metrics.json() },
      ...this.#workers().map((worker) => ({
        name: String(worker.pid),
        metrics: worker.metrics(deadline),
      })),
    ];
    for (const { name, metrics } of processes) {
      const json = await metrics;
      const added = json === undefined ? undefined : this.#sums.update(name, json);
      if (added?.ok === false) this.#parts.log.warn('metrics left out', { reason: added.error });
    }
    timer.cancel();
    return this.#sums.json();
  }

  async drain(limitMs: number, patienceMs: number): Promise<void> {
    for (const slot of this.#slots) slot.retire();
    await Promise.all(this.#workers().map((worker) => worker.drain(limitMs, patienceMs)));
  }

  stop(): void {
    for (const slot of this.#slots) slot.stop();
  }

  #workers() {
    return this.#slots.flatMap(({ worker }) => (worker === undefined ? [] : [worker]));
  }

  #want(part: Partial<WorkerState>): void {
    this.#wanted = { ...this.#wanted, ...part };
    this.#chooseWatcher();
    for (const slot of this.#slots) slot.update();
  }

  /** One is enough for an application that would see each of them knock every second. */
  #chooseWatcher(): void {
    if (this.#target === undefined || this.#watcher?.worker !== undefined) return;
    this.#watcher = this.#slots.find(({ isCurrent }) => isCurrent);
    this.#watcher?.update();
  }

  #changed(): void {
    this.#chooseWatcher();
    if (this.#slots.every(({ isCurrent }) => isCurrent)) this.#settled();
    this.#tell();
  }

  /** All have all that is wanted. */
  #settled(): void {
    if (this.#wanted.snapshot !== undefined) this.#hasServed = true;
    this.#opening?.resolve();
    this.#opening = undefined;
  }

  /** Tells by what all of those decide that anybody can reach: as long as one of them is behind, by what that one does. */
  #tell(): void {
    const decide = this.#slots.flatMap(({ enforcement }) => enforcement ?? []);
    const wanted = this.#wanted.snapshot?.trustDigest;
    const last = decide.find(({ trustDigest }) => trustDigest !== wanted) ?? decide[0];
    if (last === undefined) return;
    const { trustVersion, trustDigest } = last;
    const problem = decide.find((each) => each.problem !== undefined)?.problem;
    const serving = this.#slots.filter(({ isServing }) => isServing).length;
    const enforcement: Enforcement = {
      trustVersion,
      ...(trustDigest === undefined ? {} : { trustDigest }),
      ...(problem === undefined ? {} : { problem }),
      workers: { serving, wanted: this.#slots.length },
    };
    const text = JSON.stringify(enforcement);
    const { snapshot } = this.#wanted;
    if (this.#told?.snapshot === snapshot && this.#told?.text === text) return;
    this.#told = { snapshot, text };
    this.#parts.events.enforced(enforcement);
  }

  #lost(pid: number): void {
    this.#sums.forget(String(pid));
    this.#restarts.add({});
  }

  #failed(error: unknown): void {
    if (!this.#hasServed) this.#parts.events.failed(error);
    else this.#parts.log.error('a worker did not follow', { error });
    // The next worker does what one that ended did not; a refusal is an answer.
    const isEnd = error instanceof SidecarError && error.code === 'SIDECAR_ENDED';
    if (!isEnd) this.#opening?.reject(error);
  }
}
