import { z } from 'zod';
import { MAX_VERSION_CHARACTERS, when } from './wire-fields.ts';

/** Whether a change has arrived: which nodes enforce a trust set, and since when. */

const MAX_NODES = 100_000;

export const rolloutRequestSchema = z.object({
  /** `7`, or `payments/3`; what is in force at the node that is asked when left out. */
  version: z.string().max(MAX_VERSION_CHARACTERS).optional(),
});

const rolloutNodeSchema = z.object({
  name: z.string(),
  state: z.enum(['self', 'alive', 'suspect', 'dead', 'left']),
  /** It and all its sidecars decide by that set, or by a later one. */
  has: z.boolean(),
  /** Version of the governors' list, and digest, of the last set that all of them took up; left out when it says nothing. */
  enforces: z.object({ version: z.int(), digest: z.string() }).optional(),
  /** When it took up this very set, by its own clock. */
  since: when.optional(),
  /** From the publication, by the clock of who published, until then. */
  tookMs: z.number().optional(),
  /** Why it lags, in words. */
  reason: z.string().optional(),
});
export type RolloutNode = z.output<typeof rolloutNodeSchema>;

export const rolloutSchema = z.object({
  /** As it was asked for, or that of the governors' list in force. */
  version: z.string(),
  /** Of the set; left out as long as the node that was asked does not have it. */
  digest: z.string().optional(),
  /** When it was published, and by which authority: by its clock. */
  publishedAt: when.optional(),
  publishedBy: z.string().optional(),
  /** Do all that live enforce it? */
  complete: z.boolean(),
  /** How many of those that live enforce it, of how many. */
  have: z.int(),
  living: z.int(),
  /** Of those that live and took it up: how long after the publication. */
  tookMs: z.object({ p50: z.number(), p99: z.number(), last: z.number() }).optional(),
  /** All that are known, those that do not live last. */
  nodes: z.array(rolloutNodeSchema).max(MAX_NODES).readonly(),
});
export type RolloutView = z.output<typeof rolloutSchema>;
