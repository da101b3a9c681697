import type { ProposalFacts, ProposalItem, ProposalProgress } from '../admin/index.ts';
import {
  describeChange,
  encodeProposal,
  formatVersion,
  GovernanceError,
  heldTrust,
  isLive,
  type KnownBody,
  type KnownProposal,
  type PartSignatures,
  type Proposal,
  previewProposal,
  type TrustFiles,
  type VersionedPart,
  versionedParts,
} from '../governance/index.ts';

/** Proposals as the admin API says them. */

export const itemOf = (known: KnownProposal): ProposalItem => ({
  ...signingOf(known),
  versions: (known.body?.versions ?? []).map(versionText),
  reason: known.claim.reason,
  createdAt: new Date(known.claim.createdAtMs).toISOString(),
  expiresAt: new Date(known.expiresAtMs).toISOString(),
  roles: known.claim.roles,
  nodes: known.writers,
  ...problemOf(known),
});

/** Who has signed and who is missing. */
export const signingOf = ({ id, state, body }: KnownProposal): ProposalProgress => ({
  id,
  state,
  parts: body === undefined ? [] : partViews(body),
  rejections: (body?.rejections ?? []).map(({ name, publicKey, reason }) => ({
    name,
    publicKey,
    reason,
  })),
});

export function viewOf(known: KnownProposal, held: TrustFiles): ProposalFacts {
  const { body } = known;
  const item = itemOf(known);
  if (body === undefined) return { ...item, diff: [] };
  const { proposal } = body;
  return {
    ...item,
    diff: [],
    ...(isLive(known.state) && !body.isAhead ? whatItWouldDo(body, held) : {}),
    body: Buffer.from(encodeProposal(proposal)).toString('base64'),
  };
}

/** How people call the versions that a proposal brings: `root 2`, `8`, `payments/3`. */
export function versionTexts(proposal: Proposal): readonly string[] {
  const versions = versionedParts(proposal);
  return versions.ok ? versions.value.map(versionText) : [];
}

const versionText = ({ role, version }: Pick<VersionedPart, 'role' | 'version'>): string =>
  role === 'root' ? `root ${version}` : formatVersion({ role, version });

/** Whoever has rejected is not waited for: a rejection stands. */
function partViews({ parts, versions, rejections }: KnownBody) {
  const against = new Set(rejections.map(({ publicKey }) => publicKey));
  const versionOf = new Map(versions.map((part) => [part.role, part.version]));
  return parts.map(({ role, threshold, signed, missing }: PartSignatures) => ({
    role,
    version: versionText({ role, version: versionOf.get(role) ?? 0 }),
    threshold,
    signed,
    missing: missing.filter(({ publicKey }) => !against.has(publicKey)),
  }));
}

function problemOf({ body }: KnownProposal): { readonly problem?: string } {
  if (body === undefined) return { problem: 'this node has not fetched it yet' };
  if (body.failure !== undefined) {
    return { problem: `this node cannot tell who has signed it: ${body.failure}` };
  }
  if (!body.isAhead) return {};
  return { problem: 'it follows a version that is not in force at this node yet' };
}

/** A proposal that a node signed for may be nonsense all the same; then it says so here. */
function whatItWouldDo({ proposal }: KnownBody, held: TrustFiles) {
  try {
    return { diff: describeChange(heldTrust(held), previewProposal(held, proposal)) };
  } catch (error) {
    if (!(error instanceof GovernanceError)) throw error;
    return { problem: `it cannot come into force: ${error.message}` };
  }
}
