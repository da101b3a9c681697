import { err, ok, type Result } from '../../core/index.ts';
import { canonicalJson } from '../canonical-json.ts';
import { readParts } from '../change/index.ts';
import { GovernanceError } from '../errors.ts';
import type { Repository, Role } from '../repository/index.ts';
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
 * How parts stand to what is in force. `past`: versions after theirs are, and whether theirs ever were cannot be told;
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

function partStanding(held: Repository, { role, signed, version }: VersionedPart): Standing {
  const inForce = inForceOf(held, role);
  const next = (inForce?.version ?? 0) + 1;
  if (version >= next) return version === next ? 'next' : 'ahead';
  if (inForce === undefined || version < inForce.version) return 'past';
  const isSame = canonicalJson(inForce.toJSON()) === canonicalJson(JSON.parse(textOf(signed)));
  return isSame ? 'published' : 'overtaken';
}

const inForceOf = ({ root, lists }: Repository, role: Role) =>
  (role === 'root' ? root : lists.get(role))?.signed;

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
