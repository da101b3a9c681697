import { missingSignatures, type PartSignatures } from '../change/index.ts';
import type { NamedKey, Repository } from '../repository/index.ts';
import type { Approval, Proposal, Rejection } from './body.ts';
import { isRejection, isRejectionSigned, signedRoles, type Verdict } from './verdict.ts';

/** How far the holders of keys are with a proposal. */
export interface Progress {
  /** For each part whose signatures it needs; root needs those of both, before and after. */
  readonly parts: readonly PartSignatures[];
  /** Of keys that count and have not rejected. */
  readonly approvals: readonly Approval[];
  readonly rejections: readonly (Rejection & { readonly name: string })[];
  readonly verdict: 'open' | 'ready' | 'rejected';
  /** Why this node cannot count, in words: a defect of ours, which is nobody else's trouble. */
  readonly failure?: string;
}

/**
 * Whose signatures a proposal asks for, none of them given. Reads all of it, which takes as long as it is large: to be
 * asked once while the same is in force.
 *
 * @throws GovernanceError CHANGE_REFUSED: a part is not what a signature could be over
 */
export const askedOf = (held: Repository, proposal: Proposal): readonly PartSignatures[] =>
  missingSignatures(held, proposal, []);

/**
 * What the verdicts come to. Those of keys that no part asks for are passed over, bad signatures count for nothing, and
 * who has rejected has not approved, whichever was said first.
 */
export function progressOf(
  asked: readonly PartSignatures[],
  proposal: Proposal,
  verdicts: Iterable<Verdict>,
): Progress {
  const counting = keysOf(asked);
  const heard = distinct(verdicts).filter(({ publicKey }) => counting.has(publicKey));
  const rejected = new Map(
    heard.filter(isRejection).filter(isRejectionSigned).map(byKey).toReversed(),
  );
  const approvals = heard.filter(
    (verdict): verdict is Approval =>
      !isRejection(verdict) &&
      !rejected.has(verdict.publicKey) &&
      signedRoles(proposal, verdict).size > 0,
  );
  const parts = asked.map((part) => withSignatures(part, proposal, approvals));
  const isLost = parts.some(
    ({ threshold, signed, missing }) =>
      [...signed, ...missing].filter(({ publicKey }) => !rejected.has(publicKey)).length <
      threshold,
  );
  const roles = new Set(asked.map(({ role }) => role));
  const isReady =
    proposal.parts.every(({ role }) => roles.has(role)) && // of a list that nobody may sign nobody is missing
    parts.every(({ threshold, signed }) => signed.length >= threshold);
  const rejections = [...rejected.values()].map((rejection) => ({
    ...rejection,
    name: counting.get(rejection.publicKey)?.name ?? rejection.publicKey,
  }));
  const verdict = isLost ? 'rejected' : isReady ? 'ready' : 'open';
  return { parts, approvals, rejections, verdict };
}

function withSignatures(
  { role, threshold, missing: keys }: PartSignatures,
  proposal: Proposal,
  approvals: readonly Approval[],
): PartSignatures {
  const good = new Set(
    approvals
      .filter((approval) => signedRoles(proposal, approval).has(role))
      .map(({ publicKey }) => publicKey),
  );
  const [signed, missing] = [true, false].map((isSigned) =>
    keys.filter(({ publicKey }) => good.has(publicKey) === isSigned),
  );
  return { role, threshold, signed: signed ?? [], missing: missing ?? [] };
}

/** `useless`: no part asks for this key; `wrong`: a signature is not that of the key, or over something else. */
export function judgeVerdict(
  asked: readonly PartSignatures[],
  proposal: Proposal,
  verdict: Verdict,
): 'good' | 'useless' | 'wrong' {
  if (!keysOf(asked).has(verdict.publicKey)) return 'useless';
  if (isRejection(verdict)) return isRejectionSigned(verdict) ? 'good' : 'wrong';
  const { parts } = progressOf(asked, proposal, [verdict]);
  const isGood = verdict.signatures.every(({ role }) =>
    parts.some((part) => part.role === role && part.signed.length > 0),
  );
  return isGood ? 'good' : 'wrong';
}

/** All keys that a proposal asks for, by public key. */
const keysOf = (parts: readonly PartSignatures[]): Map<string, NamedKey> =>
  new Map(
    parts.flatMap(({ signed, missing }) =>
      [...signed, ...missing].map((key) => [key.publicKey, key] as const),
    ),
  );

const byKey = (rejection: Rejection) => [rejection.publicKey, rejection] as const;

/** Each once, in one order, whichever nodes carry them. */
function distinct(verdicts: Iterable<Verdict>): Verdict[] {
  const byText = new Map([...verdicts].map((verdict) => [JSON.stringify(verdict), verdict]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, verdict]) => verdict);
}
