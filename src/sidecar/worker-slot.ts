import type { Clock, Log, Timer } from '../ports/index.ts';
import type { PolicyProgram, WorkerOrder } from '../snapshot/index.ts';
import type { Enforcement } from './carrier.ts';
import { RestartDelay } from './restart-delay.ts';
import { Worker, type WorkerEvents } from './worker.ts';
import { NO_STATE, nextStep, type WorkerState } from './worker-state.ts';

/** How often a worker is asked whether it is still there: one that hangs keeps its share of connections, milliseconds. */
const PING_PERIOD_MS = 10_000;

export interface WorkerSlotParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Starts a worker. */
  readonly command: readonly string[];
  /** What it is to be brought to now. */
  readonly wanted: () => WorkerState;
  /** It made a step, or its worker ended. */
  readonly changed: () => void;
  /** Its worker decides by these policies. */
  readonly linked: (policies: PolicyProgram) => void;
  readonly listening: WorkerEvents['listening'];
  readonly decided: WorkerEvents['decided'];
  readonly unknownKey: WorkerEvents['unknownKey'];
  /** Its worker ended by itself. */
  readonly lost: (pid: number) => void;
  /** An order was refused, or the worker ended under it. */
  readonly failed: (error: unknown) => void;
}

/** One worker from its start to its end. */
interface Life {
  readonly worker: Worker;
  has: WorkerState;
  /** By what it decides; undefined as long as nothing reaches it. */
  enforcement: Enforcement | undefined;
  /** Orders are on their way to it. */
  isBusy: boolean;
  readonly pings: Timer;
}

/** The place of one worker: started again when it ends, and brought to what is wanted one order at a time. */
export class WorkerSlot {
  readonly #parts: WorkerSlotParts;
  readonly #delay: RestartDelay;
  #life: Life | undefined;
  #isStopped = false;

  constructor(parts: WorkerSlotParts) {
    this.#parts = parts;
    this.#delay = new RestartDelay(parts.clock);
  }

  /** Undefined while there is none. */
  get worker(): Worker | undefined {
    return this.#life?.worker;
  }

  get enforcement(): Enforcement | undefined {
    return this.#life?.enforcement;
  }

  /** Nothing that is wanted is missing. */
  get isCurrent(): boolean {
    return this.#life !== undefined && nextStep(this.#life.has, this.#parts.wanted()) === undefined;
  }

  /** Whoever comes reaches its worker. */
  get isServing(): boolean {
    const doors = this.#life?.has.doors ?? [];
    const isOpen = this.#parts.wanted().doors.every((door) => doors.includes(door));
    return this.enforcement !== undefined && isOpen;
  }

  start(): void {
    this.#start().catch((error: unknown) => {
      this.#parts.failed(error);
      this.#restartLater();
    });
  }

  /** Something that is wanted changed. */
  update(): void {
    if (this.#life?.isBusy === false) void this.#catchUp(this.#life);
  }

  /** No worker is started any more. */
  retire(): void {
    this.#isStopped = true;
  }

  stop(): void {
    this.retire();
    this.#life?.worker.end();
  }

  async #start(): Promise<void> {
    const { command, clock, listening, decided, unknownKey } = this.#parts;
    const enforced = (enforcement: Enforcement) => {
      life.enforcement = enforcement;
    };
    const events = { enforced, listening, decided, unknownKey };
    const worker = await Worker.start(command, clock, events);
    const pings = clock.every(PING_PERIOD_MS, () => {
      if (!life.isBusy) void this.#catchUp(life, [{ type: 'ping' }]);
    });
    const life: Life = { worker, has: NO_STATE, enforcement: undefined, isBusy: false, pings };
    if (this.#isStopped) worker.end();
    this.#life = life;
    void worker.exited.then((code) => this.#ended(worker.pid, code));
    await this.#catchUp(life);
  }

  #ended(pid: number, code: number): void {
    const { log, lost, changed } = this.#parts;
    this.#life?.pings.cancel();
    this.#life = undefined;
    if (!this.#isStopped) {
      log.error('a worker ended', { worker: pid, code });
      lost(pid);
    }
    changed();
    this.#restartLater();
  }

  #restartLater(): void {
    if (this.#isStopped) return;
    this.#parts.clock.after(this.#delay.next(), () => {
      if (!this.#isStopped) this.start();
    });
  }

  async #catchUp(life: Life, first: readonly WorkerOrder[] = []): Promise<void> {
    const { wanted, changed, failed } = this.#parts;
    life.isBusy = true;
    try {
      for (const order of first) await life.worker.order(order);
      for (let step = nextStep(life.has, wanted()); step; step = nextStep(life.has, wanted())) {
        for (const order of step.orders) await life.worker.order(order);
        life.has = { ...life.has, ...step.brings };
        this.#tellLinked(life);
        changed();
      }
    } catch (error) {
      life.worker.end(); // half of a state is none: another one is started
      failed(error);
    } finally {
      life.isBusy = false;
    }
  }

  #tellLinked({ has, enforcement }: Life): void {
    const { policies, snapshot } = has;
    if (policies === undefined || policies.digest !== snapshot?.policyDigest) return;
    if (enforcement !== undefined && enforcement.problem === undefined)
      this.#parts.linked(policies);
  }
}
