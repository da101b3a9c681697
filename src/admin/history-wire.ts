import { z } from 'zod';
import { bytesSchema } from './trust-wire.ts';
import { MAX_VERSION_CHARACTERS, when } from './wire-fields.ts';

/** What was in force before: changes in words, and lists as they were signed, as opaque bytes in base64. */

/** `7`, or `payments/3`. */
const version = z.string().min(1).max(MAX_VERSION_CHARACTERS);

const changedPart = z.object({
  /** `7`, `payments/3`, or `root 2`. */
  version: z.string(),
  /** Names of those who signed it. */
  signedBy: z.array(z.string()).readonly(),
});

const pastChangeSchema = z.object({
  /** Each list that is new with it, root first if it is. */
  parts: z.array(changedPart).readonly(),
  digest: z.string(),
  /** When an authority published it, by its clock, and which. */
  publishedAt: when.optional(),
  publishedBy: z.string().optional(),
  /** When it came into force at the node that was asked, by its clock. */
  adoptedAt: when,
  /** Against what was in force before. */
  lines: z.array(z.string()).readonly(),
  /** As who proposed it said, where that is known. */
  reason: z.string().optional(),
  /** Versions in between that were never in force at this node: `5`, `payments/2 to 4`. */
  missed: z.array(z.string()).readonly(),
});
export type PastChange = z.output<typeof pastChangeSchema>;

/** Newest first. */
export const historySchema = z.object({ items: z.array(pastChangeSchema).max(1_000).readonly() });

export const differenceRequestSchema = z.object({
  from: version,
  /** What is in force of the same list, when left out. */
  to: version.optional(),
});
export const differenceSchema = z.object({
  from: z.string(),
  to: z.string(),
  lines: z.array(z.string()).readonly(),
});

export const keptListRequestSchema = z.object({ version });
export const keptListSchema = z.object({ list: bytesSchema });
