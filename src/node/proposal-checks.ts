import {
  type Approval,
  decodeProposal,
  decodeVerdict,
  GovernanceError,
  isRejection,
  judgeVerdict,
  type KnownBody,
  type KnownProposal,
  type PartSignatures,
  type Proposal,
  type Rejection,
  requireLive,
  type Verdict,
} from '../governance/index.ts';

/** What is asked of whatever people hand in, before anything is done with it. */

/** @throws GovernanceError PROPOSAL_MALFORMED */
export function readProposal(base64: string): Proposal {
  const read = decodeProposal(new Uint8Array(Buffer.from(base64, 'base64')));
  if (read.ok) return read.value;
  throw malformed(read.error);
}

/** @throws GovernanceError PROPOSAL_MALFORMED */
export function readApproval(text: string): Approval {
  const verdict = readVerdict(text);
  if (isRejection(verdict)) throw malformed('this is a rejection, and no approval');
  return verdict;
}

/** @throws GovernanceError PROPOSAL_MALFORMED */
export function readRejection(text: string): Rejection {
  const verdict = readVerdict(text);
  if (isRejection(verdict)) return verdict;
  throw malformed('this is an approval, and no rejection');
}

function readVerdict(text: string): Verdict {
  const read = decodeVerdict(text);
  if (read.ok) return read.value;
  throw malformed(read.error);
}

/** @throws GovernanceError APPROVAL_USELESS, SIGNATURE_WRONG */
export function requireGood(
  asked: readonly PartSignatures[],
  proposal: Proposal,
  verdict: Verdict,
): void {
  const judged = judgeVerdict(asked, proposal, verdict);
  if (judged === 'good') return;
  const who = verdict.publicKey.slice(0, 16);
  if (judged === 'useless') {
    throw new GovernanceError('APPROVAL_USELESS', `no part of it asks for the key ${who}…`);
  }
  const message = `a signature is not that of the key ${who}… over ${proposal.id.slice(0, 12)}`;
  throw new GovernanceError('SIGNATURE_WRONG', message);
}

/**
 * May it be signed?
 *
 * @throws GovernanceError PROPOSAL_OVERTAKEN, PROPOSAL_CLOSED, PROPOSAL_UNKNOWN
 */
export function requireOpen({ id, state, body }: KnownProposal): KnownBody {
  const name = id.slice(0, 12);
  requireLive(id, state);
  if (body !== undefined) return body;
  const message = `the node has heard of ${name} and has not fetched it yet`;
  const remedy = 'Run the command again in some seconds, or on the node that proposed it.';
  throw new GovernanceError('PROPOSAL_UNKNOWN', message, { remedy });
}

export const unknownProposal = (id: string): GovernanceError =>
  new GovernanceError('PROPOSAL_UNKNOWN', `no proposal here begins with ${id.slice(0, 16)}`);

const malformed = (message: string): GovernanceError =>
  new GovernanceError('PROPOSAL_MALFORMED', message);
