import type { SpiffeId } from '../core/index.ts';
import type { EpochMs, Timer } from '../ports/index.ts';
import type { HeldSvid, SvidHold, SvidState } from '../workload-api/index.ts';
import { WorkloadSvid, type WorkloadSvidParts } from './workload-svid.ts';

/** SVIDs at one time; more identities than the programs of one host have. */
const MAX_SVIDS = 1_024;
/** How long one is kept for whoever asks again, milliseconds: many programs ask once and end. */
const LINGER_MS = 60_000;

interface Entry {
  readonly svid: WorkloadSvid;
  /** Whom to tell, and since when the process runs. */
  readonly holders: Map<() => void, EpochMs>;
  forgetting: Timer | undefined;
}

/**
 * The SVIDs whose keys the node holds for its workloads: one for each SPIFFE ID, shared by all who have
 * it, and forgotten when nobody does.
 */
export class WorkloadSvids {
  readonly #parts: WorkloadSvidParts;
  readonly #entries = new Map<SpiffeId, Entry>();

  constructor(parts: WorkloadSvidParts) {
    this.#parts = parts;
  }

  /** How many are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** For a process that runs since then; `changed` is called when the state became another. */
  hold(ids: readonly SpiffeId[], attestedAtMs: EpochMs, changed: () => void): SvidHold {
    const holder = () => changed(); // one of its own, though callers may share `changed`
    const entries = ids.flatMap((id) => this.#enter(id, attestedAtMs, holder) ?? []);
    if (entries.length < ids.length) {
      this.#leave(ids, holder);
      const why = `the node holds ${MAX_SVIDS} SVIDs, as many as it can`;
      return { state: () => ({ kind: 'unavailable', why }), release: () => undefined };
    }
    let last: readonly HeldSvid[] = [];
    const state = (): SvidState => {
      const problem = entries.find(({ svid }) => svid.problem !== undefined)?.svid.problem;
      if (problem !== undefined) return { kind: 'unavailable', why: problem };
      const svids = entries.flatMap(({ svid }) => svid.current ?? []);
      if (svids.length < entries.length) return { kind: 'awaited' };
      if (!svids.every((svid, index) => svid === last[index])) last = svids;
      return { kind: 'held', svids: last };
    };
    return { state, release: () => this.#leave(ids, holder) };
  }

  /** Something else is in force. */
  judge(): void {
    for (const { svid } of this.#entries.values()) svid.judge();
  }

  stop(): void {
    for (const id of [...this.#entries.keys()]) this.#forget(id);
  }

  #enter(id: SpiffeId, attestedAtMs: EpochMs, holder: () => void): Entry | undefined {
    const known = this.#entries.get(id);
    known?.forgetting?.cancel();
    known?.holders.set(holder, attestedAtMs);
    known?.svid.ask();
    return known ?? this.#begin(id, new Map([[holder, attestedAtMs]]));
  }

  #begin(id: SpiffeId, holders: Entry['holders']): Entry | undefined {
    if (this.#entries.size >= MAX_SVIDS && !this.#forgetUnheld()) return undefined;
    const changed = () => {
      for (const holder of holders.keys()) holder();
    };
    // All get the same one: each of them must be young enough for it, and whoever comes later.
    const oldestMs = () => (holders.size === 0 ? 0 : Math.min(...holders.values()));
    const svid = new WorkloadSvid(id, oldestMs, this.#parts, changed);
    const entry: Entry = { svid, holders, forgetting: undefined };
    this.#entries.set(id, entry);
    return entry;
  }

  #leave(ids: readonly SpiffeId[], holder: () => void): void {
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry?.holders.delete(holder) !== true) continue;
      entry.svid.ask();
      if (entry.holders.size > 0) continue;
      entry.forgetting = this.#parts.clock.after(LINGER_MS, () => this.#forget(id));
    }
  }

  /** Makes room; false when all are held. */
  #forgetUnheld(): boolean {
    for (const [id, { holders }] of this.#entries) {
      if (holders.size > 0) continue;
      this.#forget(id);
      return true;
    }
    return false;
  }

  #forget(id: SpiffeId): void {
    const entry = this.#entries.get(id);
    entry?.forgetting?.cancel();
    entry?.svid.stop();
    this.#entries.delete(id);
  }
}
