import { z } from 'zod';

/** What nodes say that a proposal would come to: each has decided on its own calls of late once more, by its rules. */

/** Why a call would be denied: see the policy room's `DenialReason`. */
export const DENIAL_REASONS = ['policy', 'service-gone', 'caller-gone', 'protocol'] as const;

const turnedCallSchema = z.object({
  /** `<namespace>/<service account>`, or a node's path. */
  caller: z.string(),
  /** `<namespace>/<name>` */
  service: z.string(),
  /** `connect`, `grpc:call`, `http:GET`, … */
  action: z.string(),
  perMinute: z.number(),
  /** Of those that would be denied. */
  reason: z.enum(DENIAL_REASONS).optional(),
});
export type TurnedCallView = z.output<typeof turnedCallSchema>;

const turnedCallsSchema = z.object({
  /** The most frequent first. */
  calls: z.array(turnedCallSchema).readonly(),
  /** How many others there are. */
  more: z.int(),
});
export type TurnedCallsView = z.output<typeof turnedCallsSchema>;

/** One node's word. */
const nodeVoteSchema = z.object({
  node: z.string(),
  /** It was given on what is in force at the node that was asked. */
  isCurrent: z.boolean(),
  /** Distinct calls that were judged; 0: it saw none. */
  samples: z.int(),
  /** Of which time, milliseconds up to the vote. */
  windowMs: z.int(),
  newlyDenied: turnedCallsSchema,
  newlyAllowed: turnedCallsSchema,
  /** Of policies that fail only under the proposal: the first few. */
  errors: z.array(z.string()).readonly(),
  /** What the proposal reads and the node does not remember: it is taken to be absent. */
  unseen: z.array(z.string()).readonly(),
  /** Why it could not judge, in words. */
  problem: z.string().optional(),
});
export type NodeVote = z.output<typeof nodeVoteSchema>;

export const votesViewSchema = z.object({
  /** In order of name. */
  nodes: z.array(nodeVoteSchema).readonly(),
  /** Members that live and have not voted on this and on what is in force now. */
  missing: z.array(z.string()).readonly(),
  /** Of the current ones together: each call is told by one node only. */
  newlyDenied: turnedCallsSchema,
  newlyAllowed: turnedCallsSchema,
});
export type VotesView = z.output<typeof votesViewSchema>;
