import { encode } from '@ipld/dag-cbor';
import { z } from 'zod';
import { type Brand, err, ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { GovernanceError } from '../errors.ts';
import { MAX_TARGETS } from '../limits.ts';
import { decodeAs, isRole, type Role } from '../repository/index.ts';
import { MAX_PARTS, MAX_PROPOSAL_BYTES, MAX_REASON_CHARACTERS } from './limits.ts';

/** SHA-256 (hex) of a proposal's body as it travels: nobody can say anything else of it. */
export type ProposalId = Brand<string, 'ProposalId'>;

/** What one role is to sign: the signed part of its next metadata, in TUF canonical JSON. */
export interface ProposalPart {
  readonly role: Role;
  readonly signed: Uint8Array;
}

/** A change before (enough of) its signatures. */
export interface Proposal {
  readonly id: ProposalId;
  /** Each role once. */
  readonly parts: readonly ProposalPart[];
  /** What the change adds. */
  readonly contents: readonly Uint8Array[];
  /** In the words of who made it; may be empty. */
  readonly reason: string;
  /** By the clock of who made it, milliseconds since 1970. */
  readonly createdAtMs: number;
}

/** One key's signatures over the parts of a proposal for which it counts. */
export interface Approval {
  readonly proposal: ProposalId;
  /** Raw Ed25519 public key, hex. */
  readonly publicKey: string;
  readonly signatures: readonly { readonly role: Role; readonly sig: string }[];
}

/** One key's word that it will not sign a proposal; see `signRejection`. */
export interface Rejection {
  readonly proposal: ProposalId;
  readonly publicKey: string;
  readonly reason: string;
  /** Hex. */
  readonly sig: string;
}

/** Control and format characters could make a terminal say what nobody wrote. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

/** What a person says of a proposal: one printable line. */
export const reasonSchema = z
  .string()
  .max(MAX_REASON_CHARACTERS, `at most ${MAX_REASON_CHARACTERS} characters long`)
  .regex(PRINTABLE, 'one line of printable characters');
export const proposalIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')
  .transform((text) => text as ProposalId); // by its form
export const roleSchema = z.string().transform((text, context): Role => {
  if (isRole(text)) return text;
  context.addIssue('no role of the repository');
  return z.NEVER;
});

const body = z.strictObject({
  v: z.literal(1),
  parts: z
    .array(z.strictObject({ role: roleSchema, signed: z.instanceof(Uint8Array) }))
    .min(1)
    .max(MAX_PARTS),
  contents: z.array(z.instanceof(Uint8Array)).max(MAX_TARGETS),
  reason: reasonSchema,
  createdAtMs: z.int().min(0),
});

/**
 * A proposal with its id.
 *
 * @throws GovernanceError REASON_UNREADABLE, CHANGE_TOO_LARGE
 */
export function sealProposal(proposal: Omit<Proposal, 'id'>): Proposal {
  readableReason(proposal.reason);
  const encoded = encodeProposal(proposal);
  if (encoded.length > MAX_PROPOSAL_BYTES) {
    const message = `the proposal has ${encoded.length} bytes of at most ${MAX_PROPOSAL_BYTES}`;
    throw new GovernanceError('CHANGE_TOO_LARGE', message);
  }
  return { ...proposal, id: idOf(encoded) };
}

/** @throws GovernanceError REASON_UNREADABLE */
export function readableReason(reason: string): string {
  const read = reasonSchema.safeParse(reason);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new GovernanceError('REASON_UNREADABLE', `the reason must be ${issue?.message}`);
}

export const encodeProposal = (proposal: Omit<Proposal, 'id'>): Uint8Array => {
  const { parts, contents, reason, createdAtMs } = proposal;
  return encode({ v: 1, parts, contents, reason, createdAtMs });
};

/**
 * A proposal under the id of its bytes. The error says what is wrong with the shape; whether the parts fit what is in
 * force is not judged here.
 */
export function decodeProposal(encoded: Uint8Array): Result<Proposal, string> {
  const read = decodeAs(body, encoded, 'a proposal', MAX_PROPOSAL_BYTES);
  if (!read.ok) return read;
  const { v: _, ...rest } = read.value;
  const roles = rest.parts.map(({ role }) => role);
  if (new Set(roles).size < roles.length) return err('a proposal names a role twice');
  return ok({ ...rest, id: idOf(encodeProposal(rest)) });
}

const idOf = (encoded: Uint8Array): ProposalId => sha256Hex(encoded) as ProposalId; // what an id is
