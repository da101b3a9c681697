import { encode } from '@ipld/dag-cbor';
import { z } from 'zod';
import { type Brand, err, ok, type Result } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { GovernanceError } from '../errors.ts';
import { MAX_ROOT_BYTES, MAX_TARGETS, MAX_TARGETS_BYTES, MAX_VERSION } from '../limits.ts';
import { decodeAs } from '../repository/index.ts';
import { MAX_PARTS, MAX_PROPOSAL_BYTES, MAX_REASON_CHARACTERS } from './limits.ts';

/** Who signs one list of targets: the governors, or the team of a namespace. */
export type TargetsRole = 'targets' | `ns.${string}`;
export type Role = 'root' | TargetsRole;

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
export const roleSchema = z
  .string()
  .regex(/^(root|targets|ns\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/, 'no role of the repository')
  .transform((text) => text as Role); // by its form

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
  for (const part of rest.parts) {
    const version = partVersion(part);
    if (!version.ok) return version;
  }
  return ok({ ...rest, id: idOf(encodeProposal(rest)) });
}

const idOf = (encoded: Uint8Array): ProposalId => sha256Hex(encoded) as ProposalId; // what an id is

const signedShape = z.object({
  _type: z.enum(['root', 'targets']),
  version: z.int().min(1).max(MAX_VERSION),
});

/** Which version of its role a part is. */
export function partVersion({ role, signed }: ProposalPart): Result<number, string> {
  const most = role === 'root' ? MAX_ROOT_BYTES : MAX_TARGETS_BYTES;
  if (signed.length > most) return err(`${role} has ${signed.length} bytes; at most ${most}`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(signed));
  } catch (cause) {
    return err(`${role} is malformed: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const parsed = signedShape.safeParse(json);
  const type = role === 'root' ? 'root' : 'targets';
  if (!parsed.success || parsed.data._type !== type) return err(`${role} is no signed part of it`);
  return ok(parsed.data.version);
}
