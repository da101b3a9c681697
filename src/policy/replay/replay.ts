import { ok, type Result, type ServiceKey, type SpiffeId } from '../../core/index.ts';
import type { Clock } from '../../ports/index.ts';
import type { DecisionRequest } from '../decision.ts';
import { actionOf } from '../question.ts';
import { programReads } from './program-reads.ts';
import { type DenialReason, type ReplayRules, ReplaySide } from './replay-side.ts';
import type { ReplayWindow } from './sampled-decision.ts';

/** Calls between two that would be decided otherwise than now. */
export interface TurnedCall {
  readonly principal: SpiffeId;
  readonly resource: ServiceKey;
  /** `connect`, `grpc:call`, `http:GET`, … */
  readonly action: string;
  readonly perMinute: number;
  /** Of those that would be denied. */
  readonly reason?: DenialReason;
}

export interface TurnedCalls {
  /** The most frequent first, at most {@link MAX_TURNED}. */
  readonly calls: readonly TurnedCall[];
  /** How many others there are. */
  readonly more: number;
}

/** What the calls of late would come to under other rules. */
export interface Replay {
  readonly newlyDenied: TurnedCalls;
  readonly newlyAllowed: TurnedCalls;
  /** Distinct decisions that were judged. */
  readonly samples: number;
  readonly windowMs: number;
  /** Of policies that fail only under the other rules: the first few. */
  readonly errors: readonly string[];
  /** What their policies read and nobody remembers, in words: it is taken to be absent. */
  readonly unseen: readonly string[];
}

/** Kinds of calls that are named, of each list; a person reads no more. */
export const MAX_TURNED = 20;
const MAX_ERRORS = 3;
const MAX_UNSEEN = 8;
/** A node with traffic answers others between two slices. */
const SLICE_MS = 2;
/** No rate is told of a shorter time. */
const SHORTEST_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * Decides on what was decided of late once more, by the rules in force and by others, each at its own time. Both are
 * asked, for the rules in force may be younger than a sample. In slices, so that the event loop goes on. The error says
 * what in one of the programs this version does not know.
 */
export async function replay(
  window: ReplayWindow,
  inForce: ReplayRules,
  proposed: ReplayRules,
  clock: Clock,
): Promise<Result<Replay, string>> {
  const before = await ReplaySide.open(inForce, clock);
  if (!before.ok) return before;
  const after = await ReplaySide.open(proposed, clock);
  if (!after.ok) return after;
  const tally = new Tally(before.value, after.value);
  let endMs = clock.monotonic() + SLICE_MS;
  for (const { request, weight } of window.samples) {
    tally.judge(request, weight);
    if (clock.monotonic() < endMs) continue;
    await new Promise<void>((resolve) => clock.after(0, resolve));
    endMs = clock.monotonic() + SLICE_MS;
  }
  return ok({
    ...tally.result(window.windowMs),
    samples: window.samples.length,
    windowMs: window.windowMs,
    unseen: unseenBy(inForce, proposed),
  });
}

type Turn = Omit<TurnedCall, 'perMinute'> & { weight: number };

class Tally {
  readonly #before: ReplaySide;
  readonly #after: ReplaySide;
  readonly #denied = new Map<string, Turn>();
  readonly #allowed = new Map<string, Turn>();
  readonly #errors = new Set<string>();

  constructor(before: ReplaySide, after: ReplaySide) {
    this.#before = before;
    this.#after = after;
  }

  judge(request: DecisionRequest, weight: number): void {
    const now = this.#before.judge(request);
    const then = this.#after.judge(request);
    for (const error of then.errors) {
      if (this.#errors.size < MAX_ERRORS && !now.errors.includes(error)) this.#errors.add(error);
    }
    const { principal } = request;
    const isCallerGone = this.#before.knows(principal) && !this.#after.knows(principal);
    const denied = isCallerGone ? 'caller-gone' : then.denied;
    if (now.denied === undefined && denied !== undefined) {
      count(this.#denied, request, weight, denied);
    } else if (now.denied !== undefined && denied === undefined) {
      count(this.#allowed, request, weight);
    }
  }

  result(windowMs: number): Pick<Replay, 'newlyDenied' | 'newlyAllowed' | 'errors'> {
    const minutes = Math.max(windowMs, SHORTEST_MS) / MINUTE_MS;
    return {
      newlyDenied: turnedCalls(this.#denied, minutes),
      newlyAllowed: turnedCalls(this.#allowed, minutes),
      errors: [...this.#errors],
    };
  }
}

function count(
  turns: Map<string, Turn>,
  request: DecisionRequest,
  weight: number,
  reason?: DenialReason,
): void {
  const { principal, resource } = request;
  const action = actionOf(request);
  const key = `${principal} ${resource} ${action} ${reason}`;
  const known = turns.get(key);
  if (known !== undefined) known.weight += weight;
  else {
    const turn = { principal, resource, action, weight };
    turns.set(key, reason === undefined ? turn : { ...turn, reason });
  }
}

function turnedCalls(turns: ReadonlyMap<string, Turn>, minutes: number): TurnedCalls {
  const sorted = [...turns.values()].sort((a, b) => b.weight - a.weight);
  return {
    calls: sorted.slice(0, MAX_TURNED).map(({ weight, ...call }) => ({
      ...call,
      perMinute: Math.round((10 * weight) / minutes) / 10,
    })),
    more: Math.max(0, sorted.length - MAX_TURNED),
  };
}

/** A window holds what the policies in force read; of claims nothing at all. */
function unseenBy(inForce: ReplayRules, proposed: ReplayRules): readonly string[] {
  const before = programReads(inForce.program);
  const after = programReads(proposed.program);
  return [
    ...(before.claims || after.claims ? ['claims of users'] : []),
    ...[...after.headers.difference(before.headers)].map((name) => `header ${name}`),
    ...[...after.groups.difference(before.groups)].map((name) => `group ${name}`),
  ].slice(0, MAX_UNSEEN);
}
