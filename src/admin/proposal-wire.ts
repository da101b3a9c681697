import { z } from 'zod';
import { bytesSchema } from './trust-wire.ts';
import { votesViewSchema } from './vote-view.ts';
import { when } from './wire-fields.ts';

/**
 * Proposals on their way to and from the holders of keys. Bodies are opaque bytes in base64, approvals and rejections the
 * text of their files: what they say is checked by the node, never here.
 */

/** A file of 130 signatures. */
const MAX_VERDICT_CHARACTERS = 65_536;
/** More than a root has room for. */
const MAX_KEYS = 256;
const MAX_PROPOSALS = 64;

const verdict = z.string().min(1).max(MAX_VERDICT_CHARACTERS);

export const proposeSchema = z.object({
  proposal: bytesSchema,
  /** Those that are there already: a proposal that needs no others is published at once. */
  approvals: z.array(verdict).max(MAX_KEYS),
});
export const approveSchema = z.object({ approval: verdict });
export const rejectSchema = z.object({ rejection: verdict });
/** The first characters of an id, enough to tell it from the others. */
export const proposalRequestSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{1,64}$/, 'characters of an id: 0-9, a-f'),
});

const key = z.object({ name: z.string(), publicKey: z.string() });

/** One list, or the root, whose signatures a proposal needs; root twice when its keys change: before and after. */
const part = z.object({
  role: z.string(),
  /** `8`, `payments/3`, `root 2`. */
  version: z.string(),
  threshold: z.int(),
  signed: z.array(key).readonly(),
  missing: z.array(key).readonly(),
});

const rejectionView = z.object({ name: z.string(), publicKey: z.string(), reason: z.string() });

export const PROPOSAL_STATES = [
  'open',
  'ready',
  'published',
  'overtaken',
  'rejected',
  'expired',
] as const;

/** Who has signed, who is missing, and what came of it. */
const signingSchema = z.object({
  id: z.string(),
  /** `ready`: signed by enough, and to be published as soon as an authority is reachable. */
  state: z.enum(PROPOSAL_STATES),
  /** Empty while the node has not fetched the proposal, and where it was over before this node could count. */
  parts: z.array(part).readonly(),
  rejections: z.array(rejectionView).readonly(),
  /** Why it is not published yet, though it is ready. */
  waiting: z.string().optional(),
});

/** What came of proposing, approving or rejecting. */
export const proposalProgressSchema = signingSchema.extend({
  published: z
    .object({
      /** The authority that signed snapshot and timestamp. */
      by: z.string(),
      versions: z.array(z.string()).readonly(),
      digest: z.string(),
      /** Members that are told now; the others fetch it when they are reachable again. */
      nodes: z.array(z.string()).readonly(),
    })
    .optional(),
});

const proposalItemSchema = signingSchema.extend({
  /** What it brings: `8`, `payments/3`, `root 2`; empty while the node has not fetched it. Older nodes do not say it. */
  versions: z.array(z.string()).readonly().default([]),
  reason: z.string(),
  createdAt: when,
  expiresAt: when,
  roles: z.array(z.string()).readonly(),
  /** Which nodes say that they have it for others. */
  nodes: z.array(z.string()).readonly(),
  /** What keeps this node from judging it, or would keep it from coming into force. */
  problem: z.string().optional(),
});
export const proposalListSchema = z.object({
  items: z.array(proposalItemSchema).max(MAX_PROPOSALS).readonly(),
});

export const proposalViewSchema = proposalItemSchema.extend({
  /** What it would change, in words, a line for each. */
  diff: z.array(z.string()).readonly(),
  /** All of it, for whoever signs; left out while the node has not fetched it. */
  body: bytesSchema.optional(),
  /** What members say that it would do to the calls of late. */
  votes: votesViewSchema,
});

export type ProposalProgress = z.output<typeof proposalProgressSchema>;
export type ProposalItem = z.output<typeof proposalItemSchema>;
export type ProposalView = z.output<typeof proposalViewSchema>;
/** Without what members say of it. */
export type ProposalFacts = Omit<ProposalView, 'votes'>;
