import { type Metadata, MetadataKind, type Root } from '@tufjs/models';
import type { Result } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import {
  type DelegatedFiles,
  delegationsOf,
  isSignedFor,
  type Lists,
  openRoots,
  parseRoot,
  parseTargets,
  type Repository,
  type SignedChange,
  type TargetsRole,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { nextLists, stateOf } from './next-state.ts';
import type { Parts } from './parts.ts';

/** A change whose signatures, versions and contents are good, on top of what is held. */
export interface CheckedChange {
  readonly roots: readonly Uint8Array[];
  readonly root: Metadata<Root>;
  readonly targets: Uint8Array;
  readonly delegated: DelegatedFiles;
  readonly lists: Lists;
  /** The lists that the change brings. */
  readonly changed: readonly TargetsRole[];
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly set: TrustSet;
}

/**
 * Judges a change before an authority signs anything for it: each part must be the next version,
 * signed by those whose word counts there (for a root also by those of the root in force), complete
 * and readable. Any member may hand one in, so what nobody signed is refused before its contents are read.
 *
 * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, AUTHORITY_UNSOUND
 */
export function checkChange(held: Repository, change: SignedChange): CheckedChange {
  const parts = parsed(change);
  const next = nextLists(held, parts);
  const { root, lists } = next;
  const roots = [...held.files.roots, ...(change.root === undefined ? [] : [change.root])];
  taken(openRoots(roots), ({ detail }) => detail);
  requireSigned(root, lists);
  const { contents, set } = stateOf(held, next, change.contents);
  const files = new Map([...held.files.delegated, ...change.delegated]);
  return {
    roots,
    root,
    targets: change.targets ?? held.files.targets,
    delegated: new Map([...files].filter(([role]) => lists.has(role))),
    lists,
    changed: [...lists.keys()].filter((role) => lists.get(role) !== held.lists.get(role)),
    contents,
    set,
  };
}

function parsed(change: SignedChange): Parts {
  const text = (error: string): string => error;
  return {
    ...(change.root === undefined ? {} : { root: taken(parseRoot(change.root), text) }),
    ...(change.targets === undefined ? {} : { targets: taken(parseTargets(change.targets), text) }),
    delegated: new Map(
      [...change.delegated].map(([role, bytes]) => [role, taken(parseTargets(bytes), text)]),
    ),
  };
}

function requireSigned(root: Metadata<Root>, lists: Lists): void {
  const targets = lists.get('targets');
  if (targets === undefined || !isSignedFor(root, MetadataKind.Targets, targets)) {
    throw refused(`targets ${targets?.signed.version} are not signed by enough governors`);
  }
  for (const role of delegationsOf(targets).keys()) {
    const list = lists.get(role);
    if (list === undefined || !isSignedFor(targets, role, list)) {
      throw refused(`${role} ${list?.signed.version} is not signed by enough of its team`);
    }
  }
}

function taken<T, E>(result: Result<T, E>, text: (error: E) => string): T {
  if (result.ok) return result.value;
  throw refused(text(result.error));
}

const refused = (message: string): GovernanceError =>
  new GovernanceError('CHANGE_REFUSED', message);
