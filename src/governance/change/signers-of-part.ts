import {
  delegationsOf,
  governorsOf,
  type Repository,
  type Role,
  type Signers,
} from '../repository/index.ts';
import type { Parts } from './parts.ts';
import { isSameSigners } from './wanted-signers.ts';

/**
 * Whose signatures a part needs: one body of people, or for a root that changes who governs two of
 * them (TUF section 5.3.4), those of the root in force and those that it names itself.
 */
export function signersOfPart(held: Repository, parts: Parts, role: Role): readonly Signers[] {
  const root = parts.root ?? held.root;
  if (role === 'root') {
    const bodies = [governorsOf(held.root), governorsOf(root)] as const;
    return isSameSigners(...bodies) ? bodies.slice(0, 1) : bodies;
  }
  if (role === 'targets') return [governorsOf(root)];
  const team = delegationsOf(parts.targets ?? held.targets).get(role);
  return team === undefined ? [] : [team];
}
