import { z } from 'zod';
import { DENIAL_REASONS } from '../admin/index.ts';
import { err, ok, type Result, type SpiffeId, spiffePath, workloadOf } from '../core/index.ts';
import type { Replay, TurnedCall } from '../policy/index.ts';
import { issuesInWords, sha256Schema } from '../registry/index.ts';

/** A node's word on what a proposal would do to its calls of late, under the proposal's id. */
export const VOTE_KIND = 'vote';

/** Of one vote as JSON, bytes: a thousand nodes that vote on eight proposals say 32 MB at most. */
export const MAX_VOTE_BYTES = 4_096;
/** Of them for the calls that would be denied, and as many for those that would be allowed. */
const LIST_BYTES = 1_300;
const MAX_CALLS = 20;
const MAX_NOTES = 8;
const MAX_NOTE_CHARACTERS = 100;
const MAX_NAME_CHARACTERS = 256;
const MAX_RATE = 1e12;

/** It is shown in terminals: no control characters. */
const line = (maxCharacters: number) =>
  z
    .string()
    .max(maxCharacters)
    .regex(/^\P{C}*$/u, 'not printable');
const count = z.int().nonnegative();
const notes = z.array(line(MAX_NOTE_CHARACTERS)).max(MAX_NOTES).readonly();

const turnedCallsSchema = z.object({
  calls: z
    .array(
      z.object({
        caller: line(MAX_NAME_CHARACTERS),
        service: line(MAX_NAME_CHARACTERS),
        action: line(16),
        perMinute: z.number().nonnegative().max(MAX_RATE),
        reason: z.enum(DENIAL_REASONS).exactOptional(),
      }),
    )
    .max(MAX_CALLS)
    .readonly(),
  more: count,
});
type TurnedCallsClaim = z.output<typeof turnedCallsSchema>;

const voteClaimSchema = z.object({
  v: z.literal(1),
  proposal: sha256Schema,
  /** Digest of what was in force when it was given. */
  basedOn: sha256Schema,
  samples: count,
  windowMs: count,
  newlyDenied: turnedCallsSchema,
  newlyAllowed: turnedCallsSchema,
  errors: notes,
  unseen: notes,
  problem: line(MAX_NAME_CHARACTERS).exactOptional(),
});
/** The value of a `vote` record. */
export type VoteClaim = z.output<typeof voteClaimSchema>;

/** What a record says, or why it is no vote. */
export function readVoteClaim(value: unknown): Result<VoteClaim, string> {
  const read = voteClaimSchema.safeParse(value);
  if (!read.success) return err(issuesInWords(read.error));
  const bytes = JSON.stringify(read.data).length;
  return bytes <= MAX_VOTE_BYTES
    ? ok(read.data)
    : err(`a vote has ${MAX_VOTE_BYTES} bytes at most, this one ${bytes}`);
}

/** On what a node votes. */
export interface Voted {
  readonly proposal: string;
  readonly basedOn: string;
}

/** The vote of a node that judged. */
export const voteOf = (on: Voted, replay: Replay): VoteClaim => ({
  v: 1,
  ...on,
  samples: replay.samples,
  windowMs: replay.windowMs,
  newlyDenied: claimOf(replay.newlyDenied),
  newlyAllowed: claimOf(replay.newlyAllowed),
  errors: replay.errors.map((text) => printable(text)),
  unseen: replay.unseen.map((text) => printable(text)),
});

/** That of one that cannot. */
export const problemVote = (on: Voted, problem: string): VoteClaim => ({
  v: 1,
  ...on,
  samples: 0,
  windowMs: 0,
  errors: [],
  unseen: [],
  newlyDenied: { calls: [], more: 0 },
  newlyAllowed: { calls: [], more: 0 },
  problem: printable(problem, MAX_NAME_CHARACTERS),
});

/** The most frequent ones that there is room for. */
function claimOf({ calls, more }: Replay['newlyDenied']): TurnedCallsClaim {
  let room = LIST_BYTES;
  const kept = calls.map(turnedClaim).filter((call) => {
    room -= JSON.stringify(call).length + 1;
    return room >= 0;
  });
  return { calls: kept, more: more + calls.length - kept.length };
}

const turnedClaim = ({ principal, resource, action, perMinute, reason }: TurnedCall) => ({
  caller: callerName(principal),
  service: resource,
  action,
  perMinute: Math.min(perMinute, MAX_RATE),
  ...(reason === undefined ? {} : { reason }),
});

/** As policies name it. */
function callerName(id: SpiffeId): string {
  const workload = workloadOf(id);
  return workload === undefined
    ? spiffePath(id).slice(0, MAX_NAME_CHARACTERS)
    : `${workload.namespace}/${workload.serviceAccount}`;
}

const printable = (text: string, maxCharacters = MAX_NOTE_CHARACTERS): string =>
  text.slice(0, maxCharacters).replaceAll(/\p{C}/gu, ' ');

/** Above this a rate is another one, below its inverse too. */
const MUCH = 2;
/** Differences of fewer calls a minute are chance. */
const FEW_PER_MINUTE = 1;

/** Would somebody who read one of them read something else in the other? */
export function differsMuch(a: VoteClaim, b: VoteClaim): boolean {
  return (
    a.basedOn !== b.basedOn ||
    a.problem !== b.problem ||
    (a.samples === 0) !== (b.samples === 0) ||
    callsDiffer(a.newlyDenied, b.newlyDenied) ||
    callsDiffer(a.newlyAllowed, b.newlyAllowed) ||
    JSON.stringify([a.errors, a.unseen]) !== JSON.stringify([b.errors, b.unseen])
  );
}

function callsDiffer(a: TurnedCallsClaim, b: TurnedCallsClaim): boolean {
  const [before, after] = [ratesOf(a), ratesOf(b)];
  return [...new Set([...before.keys(), ...after.keys()])].some((key) => {
    const [one = 0, other = 0] = [before.get(key), after.get(key)];
    const [low, high] = one < other ? [one, other] : [other, one];
    return high > MUCH * low && high - low > FEW_PER_MINUTE;
  });
}

const ratesOf = ({ calls }: TurnedCallsClaim): Map<string, number> =>
  new Map(
    calls.map(({ perMinute, ...call }) => [
      `${call.caller} ${call.service} ${call.action} ${call.reason}`,
      perMinute,
    ]),
  );
