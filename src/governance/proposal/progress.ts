import { missingSignatures, type PartSignatures } from '../change/index.ts';
import type { NamedKey, Repository } from '../repository/index.ts';
import type { Approval, Proposal, Rejection } from './body.ts';
import { isRejection, isRejectionSigned, type Verdict } from './verdict.ts';

/** How far the holders of keys are with a proposal. */
export interface Progress {
  /** For each part whose signatures it needs; root needs those of both, before and after. */
  readonly parts: readonly PartSignatures[];
  /** Of keys that count and have not rejected. */
  readonly approvals: readonly Approval[];
  readonly rejections: readonly (Rejection & { readonly name: string })[];
  readonly verdict: 'open' | 'ready' | 'rejected';
}

/**
 * What the verdicts come to against what is in force. Those of keys that count for no part are passed over, bad
 * signatures count for nothing, and who has rejected has not approved, whichever was said first.
 */
export function progressOf(
  held: Repository,
  proposal: Proposal,
  verdicts: Iterable<Verdict>,
): Progress {
  const counting = keysOf(missingSignatures(held, proposal, []));
  const heard = distinct(verdicts).filter(({ publicKey }) => counting.has(publicKey));
  const rejected = new Map(
    heard.filter(isRejection).filter(isRejectionSigned).map(byKey).toReversed(),
  );
  const approvals = heard.filter(
    (verdict): verdict is Approval => !isRejection(verdict) && !rejected.has(verdict.publicKey),
  );
  const parts = missingSignatures(held, proposal, approvals);
  const isLost = parts.some(
    ({ threshold, signed, missing }) =>
      [...signed, ...missing].filter(({ publicKey }) => !rejected.has(publicKey)).length <
      threshold,
  );
  const asked = new Set(parts.map(({ role }) => role));
  const isReady =
    proposal.parts.every(({ role }) => asked.has(role)) && // of a list that nobody may sign nobody is missing
    parts.every(({ threshold, signed }) => signed.length >= threshold);
  const rejections = [...rejected.values()].map((rejection) => ({
    ...rejection,
    name: counting.get(rejection.publicKey)?.name ?? rejection.publicKey,
  }));
  const verdict = isLost ? 'rejected' : isReady ? 'ready' : 'open';
  return { parts, approvals, rejections, verdict };
}

/** `useless`: no part asks for this key; `wrong`: a signature is not that of the key, or over something else. */
export function judgeVerdict(
  held: Repository,
  proposal: Proposal,
  verdict: Verdict,
): 'good' | 'useless' | 'wrong' {
  const { publicKey } = verdict;
  if (!keysOf(missingSignatures(held, proposal, [])).has(publicKey)) return 'useless';
  if (isRejection(verdict)) return isRejectionSigned(verdict) ? 'good' : 'wrong';
  const parts = missingSignatures(held, proposal, [verdict]);
  const isGood = verdict.signatures.every(({ role }) =>
    parts.some(
      (part) => part.role === role && part.signed.some((key) => key.publicKey === publicKey),
    ),
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
