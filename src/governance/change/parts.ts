import type { Metadata, Root, Targets } from '@tufjs/models';
import type { Result } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import type { ProposalPart } from '../proposal/body.ts';
import {
  canonicalOf,
  type DelegatedRole,
  encodeSigned,
  isListOf,
  parseRoot,
  parseTargets,
} from '../repository/index.ts';

/** The new metadata of a change, by role. */
export interface Parts {
  readonly root?: Metadata<Root>;
  readonly targets?: Metadata<Targets>;
  readonly delegated: ReadonlyMap<DelegatedRole, Metadata<Targets>>;
}

/** The parts as they are signed: root, targets, then teams in order of namespace. */
export const proposedParts = ({ root, targets, delegated }: Parts): ProposalPart[] => [
  ...(root === undefined ? [] : [{ role: 'root' as const, signed: canonicalOf(root) }]),
  ...(targets === undefined ? [] : [{ role: 'targets' as const, signed: canonicalOf(targets) }]),
  ...[...delegated]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([role, list]) => ({ role, signed: canonicalOf(list) })),
];

/**
 * Reads the parts of a proposal, each role once, back.
 *
 * @throws GovernanceError CHANGE_REFUSED: a part is not what a signature could be over
 */
export function readParts(parts: readonly ProposalPart[]): Parts {
  let root: Metadata<Root> | undefined;
  let targets: Metadata<Targets> | undefined;
  const delegated = new Map<DelegatedRole, Metadata<Targets>>();
  for (const { role, signed } of parts) {
    if (role === 'root') {
      root = read(parseRoot, signed);
      continue;
    }
    const list = read(parseTargets, signed);
    // A signature says nothing of the role that it is for, so what is signed must.
    if (!isListOf(role, list)) {
      throw new GovernanceError('CHANGE_REFUSED', `the part ${role} says that it is another list`);
    }
    if (role === 'targets') targets = list;
    else delegated.set(role, list);
  }
  return {
    ...(root === undefined ? {} : { root }),
    ...(targets === undefined ? {} : { targets }),
    delegated,
  };
}

function read<T extends Metadata<Root> | Metadata<Targets>>(
  parse: (bytes: Uint8Array) => Result<T, string>,
  signed: Uint8Array,
): T {
  const parsed = parse(encodeSigned(signed, []));
  if (!parsed.ok) throw new GovernanceError('CHANGE_REFUSED', parsed.error);
  // What a person is shown must be all that the signature is over.
  if (Buffer.compare(canonicalOf(parsed.value), signed) === 0) return parsed.value;
  throw new GovernanceError('CHANGE_REFUSED', 'a part of the proposal is not in canonical JSON');
}
