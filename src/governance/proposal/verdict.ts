import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { publicKeyFromRaw, verifyDocument } from '../../crypto/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import { isSignatureOver, type Role, type TrustSigner } from '../repository/index.ts';
import {
  type Approval,
  type Proposal,
  type ProposalId,
  proposalIdSchema,
  type Rejection,
  readableReason,
  reasonSchema,
  roleSchema,
} from './body.ts';
import { MAX_PARTS } from './limits.ts';

/** What the holder of a key says of a proposal. It proves itself: whoever passes it on can only pass it on. */
export type Verdict = Approval | Rejection;

export const isRejection = (verdict: Verdict): verdict is Rejection => 'reason' in verdict;

const publicKey = z.string().regex(/^[0-9a-f]{64}$/, 'an Ed25519 public key in hex');
const sig = z.string().regex(/^[0-9a-f]{128}$/, 'an Ed25519 signature in hex');

const approval = z.strictObject({
  proposal: proposalIdSchema,
  publicKey,
  signatures: z
    .array(z.strictObject({ role: roleSchema, sig }))
    .min(1)
    .max(MAX_PARTS)
    .refine((all) => new Set(all.map(({ role }) => role)).size === all.length, 'each role once'),
});
const rejection = z.strictObject({
  proposal: proposalIdSchema,
  publicKey,
  reason: reasonSchema,
  sig,
});

/** By approval: a body never changes under its id, so what an approval of it is worth does not either. */
const checked = new WeakMap<Approval, ReadonlySet<Role>>();

/** For which parts of a proposal an approval has a good signature by its key; each is checked once. */
export function signedRoles(proposal: Proposal, approval: Approval): ReadonlySet<Role> {
  if (approval.proposal !== proposal.id) return new Set();
  const before = checked.get(approval);
  if (before !== undefined) return before;
  const sigOf = new Map(approval.signatures.map(({ role, sig }) => [role, sig]));
  const good = proposal.parts.filter(({ role, signed }) => {
    const sig = sigOf.get(role);
    return sig !== undefined && isSignatureOver(signed, approval.publicKey, sig);
  });
  const roles = new Set(good.map(({ role }) => role));
  checked.set(approval, roles);
  return roles;
}

/** As it lies in a record or a file. */
const verdictSchema = z.discriminatedUnion('kind', [
  approval.extend({ kind: z.literal('approval') }),
  rejection.extend({ kind: z.literal('rejection') }),
]);

/** Reads plain data; the error says what is wrong with its shape. Its signatures are not judged here. */
export function readVerdict(value: unknown): Result<Verdict, string> {
  const parsed = verdictSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return err(`${issue?.path.join('.') || 'it'}: ${issue?.message}`);
  }
  const { kind: _, ...verdict } = parsed.data;
  return ok(verdict);
}

export const plainVerdict = (verdict: Verdict) => ({
  kind: isRejection(verdict) ? ('rejection' as const) : ('approval' as const),
  ...verdict,
});

/**
 * Says that this key will not sign a proposal. It is no vote of a node, and needs no threshold: so many rejections that
 * the others are too few end the proposal.
 *
 * @throws GovernanceError REASON_UNREADABLE
 */
export function signRejection(
  signer: TrustSigner,
  proposal: ProposalId,
  reason: string,
): Rejection {
  const signature = signer.sign(rejected(proposal, readableReason(reason)));
  const { publicKey } = signer;
  return { proposal, publicKey, reason, sig: Buffer.from(signature).toString('hex') };
}

export function isRejectionSigned({ proposal, publicKey, reason, sig }: Rejection): boolean {
  const key = publicKeyFromRaw(Buffer.from(publicKey, 'hex'));
  if (!key.ok) return false;
  return verifyDocument(key.value, rejected(proposal, reason), Buffer.from(sig, 'hex'));
}

/** `_type` keeps it apart from all that such a key signs of the repository (TUF section 4.2.1). */
const rejected = (proposal: ProposalId, reason: string): Uint8Array =>
  new TextEncoder().encode(canonicalJson({ _type: 'selvage/rejection/v1', proposal, reason }));
