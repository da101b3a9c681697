import { GovernanceError } from '../errors.ts';
import type { Proposal } from '../proposal/body.ts';
import {
  canonicalOf,
  delegationsOf,
  governorsOf,
  type ListedTarget,
  type Lists,
  listedTargets,
  makeRoot,
  makeTargets,
  namespaceOf,
  onlineKeysOf,
  type Repository,
  type Role,
  type TargetsRole,
} from '../repository/index.ts';
import type { NextState } from './next-state.ts';

/**
 * Refuses a proposal with anything in it that nobody would see: each part must be, byte for byte, what this program
 * drafts to say what the part says. So there is no room for other dates, thresholds and keys of machines, roles and
 * fields than those that are written here, nor for contents that are left out because they cannot be read.
 *
 * @throws GovernanceError CHANGE_REFUSED
 */
export function requireNothingHidden(
  held: Repository,
  { parts, createdAtMs }: Proposal,
  next: NextState,
): void {
  for (const { role, signed } of parts) {
    const drafted = draftOf(role, held, next, createdAtMs);
    if (drafted !== undefined && Buffer.compare(drafted, signed) === 0) continue;
    throw refused(`its part ${role} says more, or other things, than can be shown here`);
  }
  const known = new Set(entriesOf(held.lists).map(spelled));
  const fresh = new Set(
    entriesOf(next.lists).flatMap((entry) => (known.has(spelled(entry)) ? [] : entry.path)),
  );
  const unread = next.skipped.find(({ path }) => fresh.has(path));
  if (unread === undefined) return;
  throw refused(`it brings ${unread.path}, which cannot be read here: ${unread.reason}`);
}

const entriesOf = (lists: Lists): readonly ListedTarget[] =>
  [...lists.values()].flatMap(listedTargets);

const spelled = ({ path, sha256 }: ListedTarget): string => `${sha256} ${path}`;

function draftOf(
  role: Role,
  held: Repository,
  next: NextState,
  now: number,
): Uint8Array | undefined {
  return role === 'root' ? draftedRoot(next, now) : draftedList(role, held, next, now);
}

function draftedRoot({ root }: NextState, now: number): Uint8Array {
  const { version } = root.signed;
  const governors = governorsOf(root);
  return canonicalOf(makeRoot({ version, governors, onlineKeys: onlineKeysOf(root), now }));
}

function draftedList(
  role: TargetsRole,
  held: Repository,
  { lists, contents }: NextState,
  now: number,
): Uint8Array | undefined {
  const list = lists.get(role);
  if (list === undefined) return undefined;
  const before = held.lists.get(role);
  const targets = listedTargets(list).flatMap(({ path, sha256 }) => {
    const bytes = contents.get(sha256);
    return bytes === undefined ? [] : [{ path, bytes }];
  });
  const made = makeTargets({
    version: list.signed.version,
    ...(role === 'targets' ? {} : { namespace: namespaceOf(role) }),
    targets,
    ...(before === undefined ? {} : { before }),
    delegations: [...delegationsOf(list).values()],
    now,
  });
  return canonicalOf(made);
}

const refused = (message: string): GovernanceError =>
  new GovernanceError('CHANGE_REFUSED', message);
