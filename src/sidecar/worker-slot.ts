import type { TrustDomain } from '../core/index.ts';
import type { Clock, Log } from '../ports/index.ts';
import {
  type Door,
  type Place,
  type PolicyProgram,
  policyMessages,
  type Snapshot,
  type WorkerOrder,
} from '../snapshot/index.ts';
import type { Enforcement } from './carrier.ts';
import type { HeldIdentity } from './identity-keeper.ts';
import { RestartDelay } from './restart-delay.ts';
import { Worker, type WorkerEvents } from './worker.ts';

/** What every worker is brought to, and a new one in this order. Parts are replaced, never changed. */
export interface WorkerState {
  readonly trustDomain?: TrustDomain;
  /** The last policies that could be linked: a new worker decides by them when those that came after cannot. */
  readonly proven?: PolicyProgram;
  readonly policies?: PolicyProgram;
  readonly snapshot?: Snapshot;
  readonly identity?: HeldIdentity;
  readonly doors: readonly Door[];
  /** What this worker watches for all of them. */
  readonly target?: Place;
}

export interface WorkerSlotParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Arguments of the worker's command. */
  readonly flags: readonly string[];
  /** What it is to be brought to now. */
  readonly wanted: () => WorkerState;
  /** It made a step, or its worker ended. */
  readonly changed: () => void;
  readonly listening: WorkerEvents['listening'];
  /** Its worker ended by itself. */
  readonly lost: (pid: number) => void;
  /** An order was refused, or the worker ended under it. */
  readonly failed: (error: unknown) => void;
}

const NOTHING: WorkerState = { doors: [] };

/** The place of one worker: started again when it ends, and brought to what is wanted one order at a time. */
export class WorkerSlot {
  readonly #parts: WorkerSlotParts;
  readonly #delay: RestartDelay;
  #worker: Worker | undefined;
  #has = NOTHING;
  #enforcement: Enforcement | undefined;
  #isBusy = false;
  #isStopped = false;

  constructor(parts: WorkerSlotParts) {
    this.#parts = parts;
    this.#delay = new RestartDelay(parts.clock);
  }

  /** Undefined while there is none. */
  get worker(): Worker | undefined {
    return this.#worker;
  }

  /** By what its worker decides; undefined as long as nothing reaches it. */
  get enforcement(): Enforcement | undefined {
    return this.#enforcement;
  }

  /** Nothing that is wanted is missing. */
  get isCurrent(): boolean {
    return this.#worker !== undefined && this.#nextOrders() === undefined;
  }

  /** Whoever comes reaches its worker. */
  get isServing(): boolean {
    const { doors } = this.#parts.wanted();
    return this.#enforcement !== undefined && doors.every((door) => this.#has.doors.includes(door));
  }

  /** Its worker decides by a snapshot that has been replaced. */
  get isBehind(): boolean {
    return this.#enforcement !== undefined && this.#has.snapshot !== this.#parts.wanted().snapshot;
  }

  start(): void {
    this.#start().catch((error: unknown) => {
      this.#parts.failed(error);
      this.#ended();
    });
  }

  /** Something that is wanted changed. */
  update(): void {
    if (!this.#isBusy && this.#worker !== undefined) void this.#catchUp(this.#worker);
  }

  /** No worker is started any more. */
  retire(): void {
    this.#isStopped = true;
  }

  stop(): void {
    this.retire();
    this.#worker?.end();
  }

  async #start(): Promise<void> {
    const { flags, clock, log, listening } = this.#parts;
    const worker = await Worker.start(flags, clock, {
      enforced: (enforcement) => {
        this.#enforcement = enforcement;
      },
      listening,
    });
    if (this.#isStopped) worker.end();
    this.#worker = worker;
    void worker.exited.then((code) => {
      if (!this.#isStopped) {
        log.error('a worker ended', { worker: worker.pid, code });
        this.#parts.lost(worker.pid);
      }
      this.#ended();
    });
    await this.#catchUp(worker);
  }

  #ended(): void {
    this.#worker = undefined;
    this.#has = NOTHING;
    this.#enforcement = undefined;
    this.#parts.changed();
    if (this.#isStopped) return;
    this.#parts.clock.after(this.#delay.next(), () => {
      if (!this.#isStopped) this.start();
    });
  }

  async #catchUp(worker: Worker): Promise<void> {
    this.#isBusy = true;
    try {
      for (let next = this.#nextOrders(); next !== undefined; next = this.#nextOrders()) {
        for (const order of next.orders) await worker.order(order);
        this.#has = { ...this.#has, ...next.has };
        this.#parts.changed();
      }
    } catch (error) {
      worker.end(); // half of a state is none: another one is started
      this.#parts.failed(error);
    } finally {
      this.#isBusy = false;
    }
  }

  /** What to say next, and what the worker has then; undefined when it has all. */
  #nextOrders(): { orders: readonly WorkerOrder[]; has: Partial<WorkerState> } | undefined {
    const has = this.#has;
    const { trustDomain, proven, policies, snapshot, identity, doors, target } =
      this.#parts.wanted();
    if (trustDomain === undefined) return undefined;
    if (has.trustDomain === undefined) {
      return { orders: [{ type: 'begin', trustDomain }], has: { trustDomain } };
    }
    const program = has.policies === undefined ? (proven ?? policies) : policies;
    if (program !== undefined && program !== has.policies) {
      return { orders: policyMessages(program), has: { policies: program } };
    }
    if (identity !== undefined && identity !== has.identity) {
      return { orders: [{ type: 'identity', identity }], has: { identity } };
    }
    if (snapshot !== undefined && snapshot !== has.snapshot) {
      return { orders: [{ type: 'snapshot', snapshot }], has: { snapshot } };
    }
    const door = doors.find((wanted) => !has.doors.includes(wanted));
    if (door !== undefined) {
      return { orders: [{ type: 'open', door }], has: { doors: [...has.doors, door] } };
    }
    if (target !== undefined && target !== has.target) {
      return { orders: [{ type: 'watch', target }], has: { target } };
    }
    return undefined;
  }
}
