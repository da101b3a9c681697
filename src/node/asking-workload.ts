import { Lru } from '../core/index.ts';
import type { Asker } from '../names/index.ts';
import {
  areAlike,
  holdsSocket,
  type OwnedSocket,
  parentOf,
  processesBelow,
  socketsBetween,
} from '../platform/index.ts';
import type { Clock, SocketAddress } from '../ports/index.ts';

/** A workload of this host, as the kernel knows its sidecar. */
export interface AskingCandidate {
  /** The same for all sidecars of one workload. */
  readonly key: string;
  /** Its sidecar's process. */
  readonly pid: number;
  readonly uid: number;
}

/** Whose process asks, as far as the kernel's facts tell. */
export type AskedBy =
  /** It belongs to this workload. */
  | { readonly kind: 'workload'; readonly key: string }
  /** To one of these, as far as can be told; to none of them when the list is empty. */
  | { readonly kind: 'one-of'; readonly keys: readonly string[]; readonly uid: number }
  /** It is gone already, or nobody shows its socket. */
  | { readonly kind: 'nobody' }
  /** Enough time was spent in this second. */
  | { readonly kind: 'too-costly' };

/** A `selvage run`, and the workloads whose sidecars it keeps: one, but for oddities. */
interface Run {
  readonly pid: number;
  readonly keys: readonly string[];
}

/** Time that may be spent on looking in each second, milliseconds: the node has more to do. */
const LOOKING_MS = 200;
const SECOND_MS = 1_000;
/** Answers for one socket are good for that long, milliseconds: a program asks for A and AAAA at once. */
const REMEMBERED_MS = 1_000;
const REMEMBERED_SOCKETS = 1_024;
/** Runs that are looked at before the others, because their programs asked of late. */
const RECENT_RUNS = 64;

/**
 * Tells which workload a question on loopback comes from: by the process that has the socket open, if it is
 * below the `selvage run` of one; else by the socket's user.
 */
export class AskingWorkloads {
  readonly #clock: Clock;
  readonly #remembered = new Lru<number, { readonly by: AskedBy; readonly untilMs: number }>(
    REMEMBERED_SOCKETS,
  );
  #recent: readonly number[] = [];
  #second = { endsMs: 0, leftMs: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  of(asker: Asker, server: SocketAddress, candidates: readonly AskingCandidate[]): AskedBy {
    const startMs = this.#clock.monotonic();
    if (startMs >= this.#second.endsMs) {
      this.#second = { endsMs: startMs + SECOND_MS, leftMs: LOOKING_MS };
    }
    const limitMs = startMs + this.#second.leftMs;
    const isSpent = () => this.#clock.monotonic() >= limitMs;
    if (isSpent()) return { kind: 'too-costly' };
    const by = this.#look(asker, server, candidates, isSpent);
    this.#second.leftMs -= this.#clock.monotonic() - startMs;
    return by;
  }

  #look(
    asker: Asker,
    server: SocketAddress,
    candidates: readonly AskingCandidate[],
    isSpent: () => boolean,
  ): AskedBy {
    const sockets = socketsBetween(asker.transport, asker, server);
    const [first] = sockets;
    if (first === undefined) return { kind: 'nobody' };
    const known = this.#remembered.get(first.inode);
    if (known !== undefined && known.untilMs > this.#clock.monotonic()) return known.by;
    const by = this.#ownerOf(sockets, first.uid, candidates, isSpent);
    if (by.kind !== 'too-costly') {
      const untilMs = this.#clock.monotonic() + REMEMBERED_MS;
      this.#remembered.set(first.inode, { by, untilMs });
    }
    return by;
  }

  #ownerOf(
    sockets: readonly OwnedSocket[],
    uid: number,
    candidates: readonly AskingCandidate[],
    isSpent: () => boolean,
  ): AskedBy {
    const sidecars = new Set(candidates.map(({ pid }) => pid));
    const holds = (below: readonly number[]) =>
      holdsSocket(
        below.filter((pid) => !sidecars.has(pid)),
        sockets,
        isSpent,
      );
    const holder = nearestHolder(this.#inTurn(runsOf(candidates)), holds);
    if (holder === 'too-costly') return { kind: 'too-costly' };
    if (holder !== undefined) {
      const others = this.#recent.filter((pid) => pid !== holder.pid);
      this.#recent = [holder.pid, ...others].slice(0, RECENT_RUNS);
    }
    const keys = holder?.keys ?? keysOf(candidates.filter((candidate) => candidate.uid === uid));
    const [only, ...more] = keys;
    return only !== undefined && more.length === 0
      ? { kind: 'workload', key: only }
      : { kind: 'one-of', keys, uid };
  }

  /** Those first whose programs asked last: who asks often is found soon. */
  #inTurn(runs: readonly Run[]): readonly Run[] {
    const ranks = new Map(this.#recent.map((pid, rank) => [pid, rank]));
    const rankOf = ({ pid }: Run) => ranks.get(pid) ?? RECENT_RUNS;
    return runs.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

/** The run below which one of the processes holds the socket; of two that are nested, the inner one. */
function nearestHolder(
  runs: readonly Run[],
  holds: (below: readonly number[]) => boolean | undefined,
): Run | 'too-costly' | undefined {
  for (const run of runs) {
    const below = processesBelow(run.pid);
    const found = holds(below);
    if (found === undefined) return 'too-costly';
    if (!found) continue;
    const inner = runs.filter(({ pid }) => below.includes(pid));
    return nearestHolder(inner, holds) ?? run;
  }
  return undefined;
}

function runsOf(candidates: readonly AskingCandidate[]): Run[] {
  const byRun = Map.groupBy(candidates, ({ pid }) => runOf(pid));
  return [...byRun].flatMap(([pid, its]) =>
    pid === undefined ? [] : [{ pid, keys: keysOf(its) }],
  );
}

const keysOf = (candidates: readonly AskingCandidate[]): string[] => [
  ...new Set(candidates.map(({ key }) => key)),
];

/** The `selvage run` of a sidecar, if it has one: its parent, which is the same program of the same user. */
function runOf(sidecar: number): number | undefined {
  const parent = parentOf(sidecar);
  return parent !== undefined && areAlike(parent, sidecar) ? parent : undefined;
}
