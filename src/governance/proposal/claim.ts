import { z } from 'zod';
import { err, type NodeName, ok, type Result } from '../../core/index.ts';
import {
  encodeProposal,
  type Proposal,
  proposalIdSchema,
  reasonSchema,
  roleSchema,
} from './body.ts';
import { MAX_PARTS, MAX_PROPOSAL_BYTES } from './limits.ts';

const shape = z.strictObject({
  v: z.literal(1),
  id: proposalIdSchema,
  bytes: z.int().min(1).max(MAX_PROPOSAL_BYTES),
  roles: z.array(roleSchema).min(1).max(MAX_PARTS),
  reason: reasonSchema,
  createdAtMs: z.int().min(0),
});

/** What a node says of a proposal whose body it has: enough to show it in a list, and to decide whether to fetch it. */
export type ProposalClaim = Omit<z.output<typeof shape>, 'v'>;

/** Which node said it, in which record. */
export interface SaidClaim {
  readonly record: string;
  readonly writer: NodeName;
  readonly claim: ProposalClaim;
}

export const proposalClaimOf = (proposal: Proposal): ProposalClaim => ({
  id: proposal.id,
  bytes: encodeProposal(proposal).length,
  roles: proposal.parts.map(({ role }) => role),
  reason: proposal.reason,
  createdAtMs: proposal.createdAtMs,
});

/** Reads plain data; the error says what is wrong with its shape. */
export function readProposalClaim(value: unknown): Result<ProposalClaim, string> {
  const parsed = shape.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return err(`${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  const { v: _, ...claim } = parsed.data;
  return ok(claim);
}

/** Is a claim about this body true? Its id is; the rest could be a lie. */
export function isTrueOf(truth: ProposalClaim, claim: ProposalClaim): boolean {
  return JSON.stringify(plain(truth)) === JSON.stringify(plain(claim));
}

const plain = ({ id, bytes, roles, reason, createdAtMs }: ProposalClaim) => [
  id,
  bytes,
  roles,
  reason,
  createdAtMs,
];
