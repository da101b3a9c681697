import type { AdminService, ProposalView, VotesView } from '../admin/index.ts';
import { visibleText } from '../core/index.ts';
import {
  type Approval,
  decodeCarried,
  decodeProposal,
  describeChange,
  detailChange,
  formatVersion,
  GovernanceError,
  heldTrust,
  missingSignatures,
  type Proposal,
  previewProposal,
  requireLive,
  type TrustFiles,
  type VersionedPart,
  versionedParts,
} from '../governance/index.ts';
import { pathExists, readTextFile } from '../platform/index.ts';
import type { CliContext, NodeSelection } from './context.ts';
import { CliError } from './errors.ts';
import { fetchHeld } from './held-trust.ts';
import { connectToNode } from './node-choice.ts';
import type { PartSigned } from './signature-words.ts';

/** A proposal with what it is to change, so that its words are made here and by nobody else. */
export interface ProposalAtHand {
  readonly held: TrustFiles;
  readonly proposal: Proposal;
}

/** Largest file that is read: a repository and a proposal at their bounds, in base64; bytes. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;

/** Is a proposal named by a file that somebody carried here, and not by its id? */
export const isCarried = (idOrFile: string): boolean => pathExists(idOrFile);

/** @throws CliError INPUT_INVALID */
export function readCarried(path: string): ProposalAtHand {
  const carried = decodeCarried(readTextFile(path, MAX_FILE_BYTES));
  if (carried.ok) return carried.value;
  throw new CliError('INPUT_INVALID', `${path} carries no proposal`, {
    problems: [{ file: path, message: carried.error }],
  });
}

/**
 * What a node knows of the proposal whose id begins so.
 *
 * @throws CliError PROPOSAL_NOT_HERE: it hands out another one; GovernanceError PROPOSAL_UNKNOWN
 */
export async function askFor(client: AdminService, prefix: string): Promise<ProposalView> {
  if (!/^[0-9a-f]{1,64}$/.test(prefix)) {
    const message = `'${prefix}' is no file here, and no beginning of an id`;
    throw new GovernanceError('PROPOSAL_UNKNOWN', message);
  }
  const view = await client.proposal({ id: prefix });
  if (view.id.startsWith(prefix)) return view;
  const message = `the node hands out proposal ${visibleText(view.id)} for ${prefix}`;
  throw new CliError('PROPOSAL_NOT_HERE', message, { remedy: 'Ask another node.' });
}

/**
 * Takes a proposal and what it changes from a node, and believes of it the bytes alone.
 *
 * @throws CliError PROPOSAL_NOT_HERE
 * @throws GovernanceError TRUST_NOT_GENUINE
 */
export async function fetchProposal(
  client: AdminService,
  { id, body }: ProposalView,
): Promise<ProposalAtHand> {
  if (body === undefined) {
    throw new CliError('PROPOSAL_NOT_HERE', `the content of proposal ${id} has not come here yet`);
  }
  const proposal = decodeProposal(Buffer.from(body, 'base64'));
  if (!proposal.ok || proposal.value.id !== id) {
    throw new CliError('PROPOSAL_NOT_HERE', `the node hands out something else as proposal ${id}`);
  }
  return { held: await fetchHeld(client), proposal: proposal.value };
}

/**
 * A proposal to be signed or rejected, by a file, or else by the beginning of its id: then with what nodes say that it
 * would do to their calls.
 *
 * @throws GovernanceError PROPOSAL_UNKNOWN, PROPOSAL_OVERTAKEN, PROPOSAL_CLOSED
 */
export async function loadProposal(
  context: CliContext,
  selection: NodeSelection,
  idOrFile: string,
): Promise<ProposalAtHand & { readonly votes?: VotesView }> {
  if (isCarried(idOrFile)) return readCarried(idOrFile);
  const client = await connectToNode(context, selection);
  const view = await askFor(client, idOrFile);
  requireLive(view.id, view.state); // said before a passphrase is asked for
  return { ...(await fetchProposal(client, view)), votes: view.votes };
}

/**
 * The change in words, a line for each.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, CHANGE_OVERTAKEN, CHANGE_REFUSED
 */
export const changeLines = ({ held, proposal }: ProposalAtHand): string[] =>
  describeChange(heldTrust(held), previewProposal(held, proposal));

/** The same with all that differs, for who did not write it. Throws as {@link changeLines}. */
export const detailLines = ({ held, proposal }: ProposalAtHand): string[] =>
  detailChange(heldTrust(held), previewProposal(held, proposal));

/** What `approvals` come to, for each part. */
export const partsOf = (
  { held, proposal }: ProposalAtHand,
  approvals: readonly Approval[],
): PartSigned[] => {
  const parts = versionedParts(proposal);
  const versions = new Map(parts.ok ? parts.value.map((part) => [part.role, versionOf(part)]) : []);
  return missingSignatures(held, proposal, approvals).map((part) => ({
    ...part,
    version: versions.get(part.role) ?? '',
  }));
};

const versionOf = ({ role, version }: VersionedPart): string =>
  role === 'root' ? `root ${version}` : formatVersion({ role, version });
