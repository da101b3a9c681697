import { err, ok, type Result, type SpiffeId } from '../core/index.ts';
import type { RpcCall, RpcStatus } from '../ports/index.ts';
import type { SvidHold, WorkloadApiHost } from './host.ts';
import type { X509Context, X509Contexts } from './x509-context.ts';

const GONE: RpcStatus = {
  code: 'permission-denied',
  message: 'the process that opened this connection is gone: its connection is nobody’s',
};

/**
 * Who is behind a call, and what it may hold. The kernel is asked again whenever other registrations may
 * be in force, and before a renewed key is handed out: the process may have ended, or run another program by then.
 */
export class Caller<Process> {
  readonly #call: RpcCall<Process>;
  readonly #host: WorkloadApiHost<Process>;
  readonly #contexts: X509Contexts;
  readonly #changed: () => void;
  #change = Promise.withResolvers<void>();
  #judged: Promise<Result<Judged<Process>, RpcStatus>> | undefined;
  #held: { readonly ids: readonly SpiffeId[]; readonly hold: SvidHold } | undefined;
  #isReleased = false;

  constructor(
    call: RpcCall<Process>,
    {
      host,
      contexts,
      changed,
    }: {
      readonly host: WorkloadApiHost<Process>;
      readonly contexts: X509Contexts;
      /** What {@link x509} gives may be another. */
      readonly changed: () => void;
    },
  ) {
    this.#call = call;
    this.#host = host;
    this.#contexts = contexts;
    this.#changed = changed;
  }

  /** Other registrations may be in force. */
  forget(): void {
    this.#judged = undefined;
  }

  /** Which process it is, and all that it may be. */
  judge(): Promise<Result<Judged<Process>, RpcStatus>> {
    this.#judged ??= this.#ask();
    return this.#judged;
  }

  /** The SVIDs of all its identities; undefined as long as they are on their way. */
  async x509(): Promise<Result<X509Context | undefined, RpcStatus>> {
    const judged = await this.judge();
    if (!judged.ok) return judged;
    if (this.#isReleased) return ok(undefined);
    const state = this.#holdOf(judged.value).state();
    if (state.kind === 'awaited') return ok(undefined);
    return state.kind === 'held'
      ? ok(this.#contexts.of(state.svids, this.#host.x509Bundle()))
      : err({ code: 'unavailable', message: state.why });
  }

  /** The same, once they are there; by then the call may have ended. */
  async x509Awaited(): Promise<Result<X509Context, RpcStatus>> {
    for (;;) {
      const change = this.#change.promise;
      const context = await this.x509();
      if (!context.ok) return context;
      if (context.value !== undefined) return ok(context.value);
      if (this.#isReleased) return err(GONE);
      await change;
    }
  }

  release(): void {
    this.#isReleased = true;
    this.#announce();
    this.#held?.hold.release();
  }

  #announce(): void {
    this.forget();
    this.#change.resolve();
    this.#change = Promise.withResolvers();
    this.#changed();
  }

  async #ask(): Promise<Result<Judged<Process>, RpcStatus>> {
    const process = this.#call.attest();
    if (process === undefined) return err(GONE);
    const ids = await this.#host.identitiesOf(process);
    return ids.ok
      ? ok({ process, ids: ids.value })
      : err({ code: 'permission-denied', message: ids.error });
  }

  #holdOf({ process, ids }: Judged<Process>): SvidHold {
    const held = this.#held;
    if (held !== undefined && held.ids.join() === ids.join()) return held.hold;
    const hold = this.#host.hold(process, ids, () => this.#announce());
    held?.hold.release(); // afterwards: what both have stays at hand
    this.#held = { ids, hold };
    return hold;
  }
}

interface Judged<Process> {
  readonly process: Process;
  readonly ids: readonly SpiffeId[];
}
