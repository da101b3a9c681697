import type { Metadata, Root, Targets } from '@tufjs/models';
import { err, ok, type Result } from '../../core/index.ts';
import { readParts } from '../change/index.ts';
import { GovernanceError } from '../errors.ts';
import {
  canonicalOf,
  parseRoot,
  type Repository,
  type Role,
  remembered,
} from '../repository/index.ts';
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
 * How parts stand to what is in force. `past`: versions after theirs are, and only {@link wereInForce} tells whether theirs were;
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
  const inForce = role === 'root' ? held.root : held.lists.get(role);
  const current = inForce?.signed.version ?? 0;
  if (version > current) return version === current + 1 ? 'next' : 'ahead';
  if (inForce === undefined || version < current) return 'past';
  return Buffer.compare(signedBytes(inForce), signed) === 0 ? 'published' : 'overtaken';
}

/** The lists that were in force at a node before, as far as it keeps them. */
export interface PastLists {
  /** Was the list with these signed bytes among them? */
  hasKept(part: VersionedPart): boolean;
}

/** Is each part in force, or was before? Roots are held whole, and lists as long as they are kept. */
export function wereInForce(
  held: Repository,
  parts: readonly VersionedPart[],
  past: PastLists,
): boolean {
  const isRoot = (signed: Uint8Array) =>
    held.files.roots.some((bytes) => {
      const root = parseRoot(bytes);
      return root.ok && Buffer.compare(signedBytes(root.value), signed) === 0;
    });
  return parts.every((part) => {
    if (partStanding(held, part) === 'published') return true;
    return part.role === 'root' ? isRoot(part.signed) : past.hasKept(part);
  });
}

/**
 * What signatures are over, as a proposal has it. Once for what is in force: whoever proposes much could otherwise
 * make each change of it dear.
 */
const signedBytes = remembered((metadata: Metadata<Root> | Metadata<Targets>) =>
  canonicalOf(metadata),
);
