import type { Metadata, Root, Targets } from '@tufjs/models';
import { sha256Hex } from '../../crypto/index.ts';
import { GovernanceError } from '../errors.ts';
import { MAX_LIST_TARGETS } from '../limits.ts';
import {
  type DelegatedRole,
  delegatedRole,
  delegationsOf,
  expiryMs,
  governorsOf,
  isDue,
  isSignedFor,
  LIVES_MS,
  listedTargets,
  makeRoot,
  makeTargets,
  namespaceOf,
  namespaceOfPath,
  onlineKeysOf,
  type Repository,
  type Signers,
  type TargetsRole,
} from '../repository/index.ts';
import type { Target } from '../target.ts';
import { nextVersion } from './next-state.ts';
import type { Parts } from './parts.ts';
import { type Contents, onlineKeysIn } from './wanted-contents.ts';
import { type Delegations, isSameSigners } from './wanted-signers.ts';

/** What is to be in force, whole. */
interface Wanted {
  readonly held: Repository;
  readonly wanted: Contents;
  readonly governors: Signers;
  readonly delegations: Delegations;
  /** Paths that the change names, whether they differ or not: their lists are renewed when they age. */
  readonly touched: readonly string[];
  /** Instead of those lists this one. */
  readonly renew: TargetsRole | undefined;
  readonly now: number;
}

/** One new version for each role that must have one, and for no other. */
export function draftParts(change: Wanted): Parts {
  const targets = draftTargets(change);
  const root = draftRoot(change, targets !== undefined);
  const delegator = targets ?? change.held.targets;
  const delegated = new Map<DelegatedRole, Metadata<Targets>>();
  for (const role of change.delegations.keys()) {
    const list = draftDelegated(change, role, delegator);
    if (list !== undefined) delegated.set(role, list);
  }
  return {
    ...(root === undefined ? {} : { root }),
    ...(targets === undefined ? {} : { targets }),
    delegated,
  };
}

/** TUF section 6.1: the next root, when people or machines that sign change, or the old one ages. */
function draftRoot(
  { held, wanted, governors, now }: Wanted,
  isSigning: boolean,
): Metadata<Root> | undefined {
  const { root } = held;
  const onlineKeys = onlineKeysIn(wanted);
  const isChanged =
    onlineKeys.join() !== onlineKeysOf(root).join() || !isSameSigners(governors, governorsOf(root));
  const isAging = isSigning && isDue(expiryMs(root), LIVES_MS.root, now);
  if (!isChanged && !isAging) return undefined;
  return makeRoot({ version: root.signed.version + 1, governors, onlineKeys, now });
}

/** The governors' list: also when only they themselves change, so that this has a version too. */
function draftTargets(change: Wanted): Metadata<Targets> | undefined {
  const { held, governors, delegations, now } = change;
  const before = delegationsOf(held.targets);
  const isHandedOver =
    before.size !== delegations.size ||
    [...delegations].some(([role, team]) => {
      const earlier = before.get(role);
      return earlier === undefined || !isSameSigners(earlier, team);
    });
  const isNeeded =
    isHandedOver ||
    !isSameSigners(governors, governorsOf(held.root)) ||
    isListChanged(change, 'targets') ||
    isRenewed(change, 'targets');
  if (!isNeeded) return undefined;
  return makeTargets({
    version: nextVersion(held, 'targets'),
    targets: listOf(change, 'targets'),
    before: held.targets,
    delegations: [...delegations.values()],
    now,
  });
}

/** A team's list: also when it is its first, or when too few of those who may sign now have signed it. */
function draftDelegated(
  change: Wanted,
  role: DelegatedRole,
  delegator: Metadata<Targets>,
): Metadata<Targets> | undefined {
  const { held, now } = change;
  const before = held.lists.get(role);
  const isKept =
    before !== undefined &&
    isSignedFor(delegator, role, before) &&
    !isListChanged(change, role) &&
    !isRenewed(change, role);
  if (isKept) return undefined;
  return makeTargets({
    version: nextVersion(held, role),
    namespace: namespaceOf(role),
    targets: listOf(change, role),
    ...(before === undefined ? {} : { before }),
    now,
  });
}

function listOf(change: Wanted, role: TargetsRole): Target[] {
  const listed = [...change.wanted]
    .filter(([path]) => ownerOf(change.delegations, path) === role)
    .map(([path, bytes]) => ({ path, bytes }));
  if (listed.length <= MAX_LIST_TARGETS) return listed;
  const message = `${role} would list ${listed.length} targets of at most ${MAX_LIST_TARGETS}`;
  throw new GovernanceError('CHANGE_TOO_LARGE', message);
}

function ownerOf(delegations: Delegations, path: string): TargetsRole {
  const namespace = namespaceOfPath(path);
  if (namespace === undefined) return 'targets';
  const role = delegatedRole(namespace);
  return delegations.has(role) ? role : 'targets';
}

function isListChanged(change: Wanted, role: TargetsRole): boolean {
  const list = change.held.lists.get(role);
  const before = new Map(list && listedTargets(list).map(({ path, sha256 }) => [path, sha256]));
  const after = listOf(change, role);
  return (
    before.size !== after.length ||
    after.some(({ path, bytes }) => before.get(path) !== sha256Hex(bytes))
  );
}

/** Is the list to be renewed, and past half of its life? The root is renewed with that of the governors. */
function isRenewed(change: Wanted, role: TargetsRole): boolean {
  const { held, now } = change;
  const list = held.lists.get(role);
  if (list === undefined || !isNamed(change, role)) return false;
  const isRootDue = role === 'targets' && isDue(expiryMs(held.root), LIVES_MS.root, now);
  return isRootDue || isDue(expiryMs(list), LIVES_MS.targets, now);
}

/** A change of nothing names the governors' list. */
function isNamed({ delegations, touched, renew }: Wanted, role: TargetsRole): boolean {
  if (renew !== undefined) return role === renew;
  if (touched.length === 0) return role === 'targets';
  return touched.some((path) => ownerOf(delegations, path) === role);
}
