import {
  assembleChange,
  type DraftParams,
  draftProposal,
  openHeld,
  publishChange,
  signProposal,
} from '../change/index.ts';
import type { Proposal } from '../proposal/body.ts';
import {
  createGovernorKey,
  type NamedKey,
  type SignedChange,
  type Signers,
  signerOf,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';

/** Somebody with a key: a governor, or one of a team. */
export interface Person extends NamedKey {
  readonly signer: TrustSigner;
}

export function person(name: string, signer = signerOf(createGovernorKey())): Person {
  return { name, publicKey: signer.publicKey, signer };
}

/** These people, of whom so many must sign. */
export const signers = (threshold: number, ...people: readonly Person[]): Signers => ({
  keys: people.map(({ name, publicKey }) => ({ name, publicKey })),
  threshold,
});

export function proposed(held: TrustFiles, draft: Partial<DraftParams>): Proposal {
  const empty = { put: [], remove: [], reason: '', now: Date.now() };
  const proposal = draftProposal({ ...empty, ...draft, held });
  if (proposal === undefined) throw new Error('nothing would change');
  return proposal;
}

/** A proposal with the signatures of these people. */
export function signedBy(
  held: TrustFiles,
  proposal: Proposal,
  people: readonly Person[],
): SignedChange {
  const opened = openHeld(held);
  const approvals = people.map(({ signer }) => signProposal(opened, proposal, signer));
  return assembleChange(opened, proposal, approvals);
}

/** A change, drafted, signed by these people, and published by the authority with this online key. */
export function enacted(
  held: TrustFiles,
  draft: Partial<DraftParams>,
  people: readonly Person[],
  online: TrustSigner,
): TrustFiles {
  const change = signedBy(held, proposed(held, draft), people);
  return publishChange({ held, change, online, now: draft.now ?? Date.now() });
}
