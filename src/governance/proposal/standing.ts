import type { Metadata, Root, Targets } from '@tufjs/models';
import { err, ok, type Result } from '../../core/index.ts';
import { readParts } from '../change/index.ts';
import { GovernanceError } from '../errors.ts';
import { canonicalOf, type Repository, type Role, remembered } from '../repository/index.ts';
import type { Proposal, ProposalPart } from './body.ts';

/** A part, and which version of its role it is. */
export interface VersionedPart extends ProposalPart {
  readonly version: number;
}

/** The parts of a proposal with their versions. The error says what no signature could be over. */
export function versionedParts({
  parts,
}: Pick<Proposal, 'parts'>): Result<readonly VersionedPart[], string> {
  let read: ReturnType<typeof readParts>;
  try {
    read = readParts(parts);
  } catch (error) {
    if (error instanceof GovernanceError) return err(error.message);
    throw error;
  }
  const { root, targets, delegated } = read;
  const versionOf = (role: Role): number | undefined => {
    if (role === 'root') return root?.signed.version;
    return (role === 'targets' ? targets : delegated.get(role))?.signed.version;
  };
  return ok(parts.map((part) => ({ ...part, version: versionOf(part.role) ?? 0 })));
}

/**
 * How parts stand to what is in force. `past`: versions after theirs are, and only what is kept tells whether theirs were;
 * `ahead`: what is in force here is older than what they follow.
 */
export type Standing = 'next' | 'published' | 'overtaken' | 'past' | 'ahead';

/** All parts come into force together or not at all, so one that cannot any more decides for all. */
export function standingOf(held: Repository, parts: readonly VersionedPart[]): Standing {
  const standings = new Set(parts.map((part) => partStanding(held, part)));
  const [only] = standings;
  if (only !== undefined && standings.size === 1) return only;
  if (standings.has('overtaken')) return 'overtaken';
  if (standings.has('past')) return 'past';
  return standings.has('published') ? 'overtaken' : 'ahead';
}

function partStanding(held: Repository, part: VersionedPart): Standing {
  const { role, version } = part;
  const inForce = role === 'root' ? held.root : held.lists.get(role);
  const current = inForce?.signed.version ?? 0;
  if (version > current) return version === current + 1 ? 'next' : 'ahead';
  if (inForce === undefined || version < current) return 'past';
  return isOver(inForce, part) ? 'published' : 'overtaken';
}

/** Are the signatures of a document over the bytes of this part? */
export const isOver = (
  document: Metadata<Root> | Metadata<Targets>,
  { signed }: ProposalPart,
): boolean => Buffer.compare(signedBytes(document), signed) === 0;

/**
 * What signatures are over, as a proposal has it. Once for what is in force: whoever proposes much could otherwise
 * make each change of it dear.
 */
const signedBytes = remembered((metadata: Metadata<Root> | Metadata<Targets>) =>
  canonicalOf(metadata),
);
