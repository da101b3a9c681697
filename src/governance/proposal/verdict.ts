import { z } from 'zod';
import { err, ok, type Result } from '../../core/index.ts';
import { publicKeyFromRaw, verifyDocument } from '../../crypto/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { TrustSigner } from '../repository/index.ts';
import {
  type Approval,
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

/** As it lies in a record or a file. */
export const verdictSchema = z.discriminatedUnion('kind', [
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
