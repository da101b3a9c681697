import type { Metadata, Root, Targets } from '@tufjs/models';
import { GovernanceError } from '../errors.ts';
import { MAX_VERSION } from '../limits.ts';
import {
  byHash,
  checkContents,
  delegatedRole,
  delegationsOf,
  delegationsProblem,
  fileOf,
  isListOf,
  type Lists,
  listedContents,
  listedTargets,
  namespaceOfPath,
  onlineKeysOf,
  type Repository,
  rootProblem,
  type TargetsRole,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { readTrustSet, type SkippedTarget } from '../verification/index.ts';
import type { Parts } from './parts.ts';
import { authorityProblem } from './sound-authorities.ts';

/** Who signs what, and the lists, as a change would leave them. */
export interface NextLists {
  readonly root: Metadata<Root>;
  readonly lists: Lists;
}

/** What a change would put in force, signatures aside. */
export interface NextState extends NextLists {
  readonly contents: ReadonlyMap<string, Uint8Array>;
  readonly set: TrustSet;
  /** What the lists name and nobody can read here. */
  readonly skipped: readonly SkippedTarget[];
}

/**
 * Puts new parts on top of what is held, and judges everything but signatures: versions, who may
 * list what, contents, and that it can be read.
 *
 * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, AUTHORITY_UNSOUND
 */
export const nextState = (held: Repository, parts: Parts, added: Iterable<Uint8Array>): NextState =>
  stateOf(held, nextLists(held, parts), added);

/**
 * The same without what the lists name, which costs most to read: it can wait until signatures were looked at.
 *
 * @throws GovernanceError CHANGE_OVERTAKEN, CHANGE_REFUSED, VERSIONS_EXHAUSTED
 */
export function nextLists(held: Repository, parts: Parts): NextLists {
  requireNext(held, parts);
  const root = parts.root ?? held.root;
  const targets = parts.targets ?? held.targets;
  const problem = rootProblem(root) ?? delegationsProblem(targets);
  if (problem !== undefined) throw refused(problem);
  const lists = listsWith(held, parts, targets);
  requireOwnPaths(parts, targets);
  return { root, lists };
}

/**
 * What these lists put in force, with contents that are held or added.
 *
 * @throws GovernanceError CHANGE_REFUSED, AUTHORITY_UNSOUND
 */
export function stateOf(
  held: Repository,
  { root, lists }: NextLists,
  added: Iterable<Uint8Array>,
): NextState {
  const offered = new Map([...held.files.contents, ...byHash(added)]);
  const refusal = checkContents(lists, offered);
  if (refusal !== undefined) throw refused(refusal.detail);
  const contents = listedContents([...lists.values()], offered);
  const reading = readTrustSet({
    root,
    lists,
    contents,
    revision: held.snapshot.signed.version + 1,
    publishedAtMs: undefined,
  });
  if (!reading.ok) throw refused(reading.error.detail);
  requireAuthoritiesOnline(root, reading.value.set);
  const unsound = authorityProblem(reading.value.set);
  if (unsound !== undefined) throw new GovernanceError('AUTHORITY_UNSOUND', unsound);
  return { root, lists, contents, ...reading.value };
}

/**
 * The number that the next version of a list has, also of one that was taken back for a while.
 *
 * @throws GovernanceError VERSIONS_EXHAUSTED
 */
export function nextVersion(held: Repository, role: TargetsRole): number {
  const last = Math.max(
    held.lists.get(role)?.signed.version ?? 0,
    held.snapshot.signed.meta[fileOf(role)]?.version ?? 0,
  );
  if (last < MAX_VERSION) return last + 1;
  throw new GovernanceError('VERSIONS_EXHAUSTED', `${role} ${last} is the last one`);
}

function requireNext(held: Repository, { root, targets, delegated }: Parts): void {
  if (root === undefined && targets === undefined && delegated.size === 0) {
    throw refused('the change has no part');
  }
  const next = (what: string, version: number, expected: number): void => {
    if (version === expected) return;
    const message = `the change is ${what} ${version}, and ${what} ${expected} would be next`;
    throw new GovernanceError('CHANGE_OVERTAKEN', message);
  };
  if (root !== undefined) next('root', root.signed.version, held.root.signed.version + 1);
  if (targets !== undefined) {
    next('version', targets.signed.version, nextVersion(held, 'targets'));
  }
  for (const [role, { signed }] of delegated) next(role, signed.version, nextVersion(held, role));
}

function listsWith(held: Repository, { delegated }: Parts, targets: Metadata<Targets>): Lists {
  if (!isListOf('targets', targets)) throw refused('the governors’ list says that it is a team’s');
  const lists = new Map<TargetsRole, Metadata<Targets>>([['targets', targets]]);
  for (const [role, { namespace }] of delegationsOf(targets)) {
    const list = delegated.get(role) ?? held.lists.get(role);
    if (list === undefined) throw refused(`${namespace} is handed over without its first list`);
    if (!isListOf(role, list)) throw refused(`${role} does not say that it is of ${namespace}`);
    if (list.signed.delegations !== undefined) throw refused(`${role} delegates on`);
    lists.set(role, list);
  }
  const stray = [...delegated.keys()].find((role) => !lists.has(role));
  if (stray !== undefined) throw refused(`${stray} is handed to nobody`);
  return lists;
}

/** What is handed over stands in the team's list alone, and nothing else does. */
function requireOwnPaths(parts: Parts, targets: Metadata<Targets>): void {
  const roles = delegationsOf(targets);
  const ownerOf = (path: string): TargetsRole => {
    const namespace = namespaceOfPath(path);
    const role = namespace === undefined ? 'targets' : delegatedRole(namespace);
    return role !== 'targets' && roles.has(role) ? role : 'targets';
  };
  const changed: [TargetsRole, Metadata<Targets>][] = [...parts.delegated];
  if (parts.targets !== undefined) changed.push(['targets', parts.targets]);
  for (const [role, list] of changed) {
    const foreign = listedTargets(list).find(({ path }) => ownerOf(path) !== role);
    if (foreign !== undefined) {
      throw refused(`${role} lists ${foreign.path}, which belongs to ${ownerOf(foreign.path)}`);
    }
  }
}

/** An online key that is no authority's could not be seen in what people approve. */
function requireAuthoritiesOnline(root: Metadata<Root>, { authorities }: TrustSet): void {
  const listed = authorities.map(({ onlineKey }) => onlineKey).sort();
  if (onlineKeysOf(root).join() === [...new Set(listed)].join()) return;
  throw refused(
    `root ${root.signed.version} lists other online keys than those of the authorities`,
  );
}

const refused = (message: string): GovernanceError =>
  new GovernanceError('CHANGE_REFUSED', message);
