import { GovernanceError } from '../errors.ts';
import type { Approval, Proposal, ProposalPart } from '../proposal/body.ts';
import {
  type DelegatedRole,
  encodeSigned,
  isSignatureOver,
  type NamedKey,
  type Role,
  type SignedChange,
  type TrustSigner,
  tufKey,
} from '../repository/index.ts';
import { type Held, openHeld } from './open-held.ts';
import { readParts } from './parts.ts';
import { signersOfPart } from './signers-of-part.ts';

/** Who has signed a part, and who may yet; enough when as many have as the threshold says. */
export interface PartSignatures {
  readonly role: Role;
  readonly threshold: number;
  readonly signed: readonly NamedKey[];
  readonly missing: readonly NamedKey[];
}

/**
 * Signs every part of `proposal` where the signer's key counts. Whether `held` is the mesh that the
 * key is for is the caller's to know.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, CHANGE_REFUSED, NOT_A_GOVERNOR
 */
export function signProposal(held: Held, proposal: Proposal, signer: TrustSigner): Approval {
  const { publicKey } = signer;
  const mine = missingSignatures(held, proposal, []).filter(({ missing }) =>
    missing.some((key) => key.publicKey === publicKey),
  );
  const roles = new Set(mine.map(({ role }) => role));
  if (roles.size === 0) {
    const all = proposal.parts.map(({ role }) => role).join(', ');
    throw new GovernanceError('NOT_A_GOVERNOR', `the key ${publicKey} may sign none of ${all}`);
  }
  const signatures = proposal.parts
    .filter(({ role }) => roles.has(role))
    .map(({ role, signed }) => ({ role, sig: Buffer.from(signer.sign(signed)).toString('hex') }));
  return { proposal: proposal.id, publicKey, signatures };
}

/**
 * What the approvals come to, for each part and each body of people that must sign it: two for a root
 * that changes who governs. A key counts once, and a bad signature counts nothing.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, CHANGE_REFUSED
 */
export function missingSignatures(
  held: Held,
  proposal: Proposal,
  approvals: readonly Approval[],
): PartSignatures[] {
  const repository = openHeld(held);
  const parts = readParts(proposal.parts);
  return proposal.parts.flatMap((part) => {
    const good = goodSignatures(proposal, part, approvals);
    return signersOfPart(repository, parts, part.role).map(({ keys, threshold }) => ({
      role: part.role,
      threshold,
      signed: keys.filter(({ publicKey }) => good.has(publicKey)),
      missing: keys.filter(({ publicKey }) => !good.has(publicKey)),
    }));
  });
}

/**
 * The files of a proposal with every good signature that counts, in order of key: whoever has the
 * same approvals makes the same bytes. Whether they are enough is for `checkChange` to say.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, CHANGE_REFUSED
 */
export function assembleChange(
  held: Held,
  proposal: Proposal,
  approvals: readonly Approval[],
): SignedChange {
  const repository = openHeld(held);
  const parts = readParts(proposal.parts);
  const files = proposal.parts.map((part) => {
    const good = goodSignatures(proposal, part, approvals);
    const bodies = signersOfPart(repository, parts, part.role);
    const may = new Set(bodies.flatMap(({ keys }) => keys.map(({ publicKey }) => publicKey)));
    const signatures = [...good]
      .filter(([publicKey]) => may.has(publicKey))
      .map(([publicKey, sig]) => ({ keyid: tufKey({ publicKey }).keyID, sig }))
      .sort((a, b) => (a.keyid < b.keyid ? -1 : 1));
    return [part.role, encodeSigned(part.signed, signatures)] as const;
  });
  const delegated = new Map<DelegatedRole, Uint8Array>();
  let change: Pick<SignedChange, 'root' | 'targets'> = {};
  for (const [role, bytes] of files) {
    if (role === 'root') change = { ...change, root: bytes };
    else if (role === 'targets') change = { ...change, targets: bytes };
    else delegated.set(role, bytes);
  }
  return { ...change, delegated, contents: proposal.contents };
}

/** Of each key the first good signature over `part`. */
function goodSignatures(
  { id }: Proposal,
  { role, signed }: ProposalPart,
  approvals: readonly Approval[],
): Map<string, string> {
  const good = new Map<string, string>();
  for (const { proposal, publicKey, signatures } of approvals) {
    if (proposal !== id || good.has(publicKey)) continue;
    const found = signatures.find(
      (signature) => signature.role === role && isSignatureOver(signed, publicKey, signature.sig),
    );
    if (found !== undefined) good.set(publicKey, found.sig);
  }
  return good;
}
