import { Lru } from '../core/index.ts';
import type { Asker } from '../names/index.ts';
import {
  areAlike,
  holdsSocket,
  type OwnedSocket,
  parentOf,
  processesBelow,
  type SearchBudget,
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
  /** Whether the sidecar says that a `selvage run` started it, which is its parent then. */
  readonly hasRun: boolean;
}

/** Whose process asks, as far as the kernel's facts tell. */
export type AskedBy =
  /** It belongs to this workload. */
  | { readonly kind: 'workload'; readonly key: string }
  /** To one of these, by its user; to none of them when the list is empty. */
  | { readonly kind: 'one-of'; readonly keys: readonly string[]; readonly uid: number }
  /** It is gone already, or nobody shows its socket. */
  | { readonly kind: 'nobody' }
  /** Enough was looked at in this second. */
  | { readonly kind: 'too-costly' };

/** Open files and processes that are looked at in a second: about a tenth of a core. */
const LOOKS_PER_SECOND = 20_000;
const SECOND_MS = 1_000;
/** Answers for one socket are good for that long, milliseconds: a program asks for A and AAAA at once. */
const REMEMBERED_MS = 1_000;
const REMEMBERED_SOCKETS = 1_024;

/**
 * Tells which workload a question on loopback comes from: by the process that has the socket open, if it is
 * below the `selvage run` of one; else by the socket's user.
 */
export class AskingWorkloads {
  readonly #clock: Clock;
  readonly #looksPerSecond: number;
  readonly #remembered = new Lru<number, { readonly by: AskedBy; readonly untilMs: number }>(
    REMEMBERED_SOCKETS,
  );
  readonly #budget: SearchBudget & { untilMs: number } = { files: 0, untilMs: 0 };

  constructor(clock: Clock, looksPerSecond = LOOKS_PER_SECOND) {
    this.#clock = clock;
    this.#looksPerSecond = looksPerSecond;
  }

  of(asker: Asker, server: SocketAddress, candidates: readonly AskingCandidate[]): AskedBy {
    const nowMs = this.#clock.monotonic();
    const budget = this.#budgetAt(nowMs);
    if (budget.files <= 0) return { kind: 'too-costly' };
    const sockets = socketsBetween(asker.transport, asker, server);
    const [first] = sockets;
    if (first === undefined) return { kind: 'nobody' };
    const known = this.#remembered.get(first.inode);
    if (known !== undefined && known.untilMs > nowMs) return known.by;
    const by = ownerOf(sockets, first.uid, candidates, budget);
    this.#remembered.set(first.inode, { by, untilMs: nowMs + REMEMBERED_MS });
    return by;
  }

  #budgetAt(nowMs: number): SearchBudget {
    if (nowMs >= this.#budget.untilMs) {
      this.#budget.untilMs = nowMs + SECOND_MS;
      this.#budget.files = this.#looksPerSecond;
    }
    return this.#budget;
  }
}

function ownerOf(
  sockets: readonly OwnedSocket[],
  uid: number,
  candidates: readonly AskingCandidate[],
  budget: SearchBudget,
): AskedBy {
  const holders: { readonly key: string; readonly below: readonly number[] }[] = [];
  const roots = new Map<number, string>();
  for (const candidate of candidates) {
    const root = rootOf(candidate);
    if (root !== undefined) roots.set(root, candidate.key);
  }
  for (const [root, key] of roots) {
    const below = processesBelow(root);
    budget.files -= below.length;
    const holds = holdsSocket(below, sockets, budget);
    if (holds === undefined) return { kind: 'too-costly' };
    if (holds) holders.push({ key, below });
  }
  // A `selvage run` below another one is the nearer of the two: the fewest are below it.
  const [nearest] = holders.toSorted((a, b) => a.below.length - b.below.length);
  if (nearest !== undefined) return { kind: 'workload', key: nearest.key };
  const ofUser = candidates.filter((candidate) => candidate.uid === uid);
  const keys = [...new Set(ofUser.map(({ key }) => key))];
  const [only, ...more] = keys;
  return only !== undefined && more.length === 0
    ? { kind: 'workload', key: only }
    : { kind: 'one-of', keys, uid };
}

/** The `selvage run` of a sidecar that says it has one: its parent, which is the same program of the same user. */
function rootOf({ pid, hasRun }: AskingCandidate): number | undefined {
  const parent = hasRun ? parentOf(pid) : undefined;
  return parent !== undefined && areAlike(parent, pid) ? parent : undefined;
}
