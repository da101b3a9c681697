import type { SpiffeId } from '../core/index.ts';
import {
  decisionKey,
  NO_READS,
  type ProgramReads,
  programReads,
  type ReplayWindow,
  type SampledDecision,
} from '../policy/index.ts';
import type { Clock, Counter, Meter, Timer } from '../ports/index.ts';
import type { PolicyProgram } from '../snapshot/index.ts';
import { WindowSlice } from './window-slice.ts';

/** How long a decision is remembered at most, and with it the name of its user. */
export const WINDOW_MS = 15 * 60_000;
/** In so many parts, each of which is forgotten whole. */
const SLICES = 5;
const SLICE_MS = WINDOW_MS / SLICES;

/**
 * What the sidecars of this node decided of late, as far as somebody can judge by it what a change would do. Of a
 * request it holds who calls what, from where and how, and beside that only what the policies in force read: no other
 * header, of its user the name and the groups that policies name, no claims.
 */
export class DecisionWindow {
  readonly #clock: Clock;
  readonly #turns: Timer;
  readonly #calls: Counter<never>;
  readonly #lost: Counter<never>;
  readonly #inForce: () => PolicyProgram | undefined;
  #digest: string | undefined;
  #reads: ProgramReads = NO_READS;
  /** The newest last. */
  #slices: WindowSlice[];

  /** `inForce`: the policies by which its sidecars decide. */
  constructor(clock: Clock, meter: Meter, inForce: () => PolicyProgram | undefined) {
    this.#clock = clock;
    this.#calls = meter.counter({
      name: 'selvage_remembered_calls_total',
      help: 'Calls of which sidecars told their node, to judge proposals by: each sample stands for some',
      labels: [],
    });
    this.#lost = meter.counter({
      name: 'selvage_lost_decision_messages_total',
      help: 'Messages of sidecars with decisions that were dropped, since there were too many',
      labels: [],
    });
    this.#inForce = inForce;
    this.#slices = [this.#newSlice()];
    this.#turns = clock.every(SLICE_MS, () => this.#turn());
  }

  stop(): void {
    this.#turns.cancel();
  }

  /** What one workload's sidecar tells. */
  add(by: SpiffeId, decisions: readonly SampledDecision[]): void {
    this.#follow();
    for (const { request, weight } of decisions) {
      const kept = reduced(request, this.#reads);
      this.#calls.add({}, weight);
      this.#slices.at(-1)?.add(by, { request: kept, weight }, decisionKey(kept));
    }
  }

  /** A sidecar told too often. */
  lost(): void {
    this.#lost.add({});
  }

  /** What is remembered now, and of which span. */
  view(): ReplayWindow {
    this.#follow();
    const begunAt = this.#slices[0]?.begunAt ?? 0;
    return {
      samples: this.#slices.flatMap((slice) => [...slice.decisions()]),
      windowMs: Math.max(1, Math.round(this.#clock.monotonic() - begunAt)),
    };
  }

  /** When policies come into force that read more, what is remembered lacks it, and is forgotten. */
  #follow(): void {
    const policies = this.#inForce();
    if (policies === undefined || policies.digest === this.#digest) return;
    const reads = programReads(policies.program);
    if (readsMore(this.#reads, reads)) this.#slices = [this.#newSlice()];
    this.#reads = reads;
    this.#digest = policies.digest;
  }

  /** The oldest slice is forgotten whole, whether somebody asks or not. */
  #turn(): void {
    this.#slices = [...this.#slices, this.#newSlice()].slice(-SLICES);
  }

  #newSlice(): WindowSlice {
    return new WindowSlice(this.#clock.monotonic());
  }
}

type Request = SampledDecision['request'];

function reduced(request: Request, { headers, groups }: ProgramReads): Request {
  const { user } = request;
  const named =
    user === undefined
      ? request
      : {
          ...request,
          user: {
            ...user,
            groups: user.groups.filter((group) => groups.has(`${user.issuer}|${group}`)),
            claims: {},
          },
        };
  if (named.action === 'connect' || named.headers === undefined) return named;
  const read = Object.entries(named.headers).filter(([name]) => headers.has(name));
  return { ...named, headers: Object.fromEntries(read) };
}

const readsMore = (before: ProgramReads, now: ProgramReads): boolean =>
  !now.headers.isSubsetOf(before.headers) || !now.groups.isSubsetOf(before.groups);
