import { contentsByPath } from '../change/index.ts';
import {
  delegatedRole,
  delegationsOf,
  namespaceOfPath,
  type Repository,
  type TargetsRole,
} from '../repository/index.ts';
import type { Target } from '../target.ts';
import type { OpenedList } from './kept-list.ts';

/** What a governor wants to be different so that a list says again what it said before. */
export interface Rollback {
  readonly put: readonly Target[];
  /** Paths to take out. */
  readonly remove: readonly string[];
}

/**
 * What makes the content of a list that of `before` again. Authorities, retiring ones too, stay as they are: one that was removed since
 * was removed for a reason, and one that was added holds keys in use. So do namespaces that belong, or then belonged,
 * to a team: their lists have versions of their own.
 */
export function rollbackTo(held: Repository, role: TargetsRole, before: OpenedList): Rollback {
  const isMeant = role === 'targets' ? isGovernors(held, before) : isOfTeam(role);
  const now = new Map([...contentsByPath(held)].filter(([path]) => isMeant(path)));
  const then = new Map([...before.contents].filter(([path]) => isMeant(path)));
  const put = [...then]
    .filter(([path, bytes]) => !isSame(now.get(path), bytes))
    .map(([path, bytes]) => ({ path, bytes }));
  return { put, remove: [...now.keys()].filter((path) => !then.has(path)) };
}

function isGovernors(held: Repository, before: OpenedList): (path: string) => boolean {
  const teams = new Set(
    [held.targets, before.targets].flatMap((list) => [...delegationsOf(list).keys()]),
  );
  return (path) => {
    const namespace = namespaceOfPath(path);
    if (namespace !== undefined && teams.has(delegatedRole(namespace))) return false;
    return !path.startsWith('authorities/') && !path.startsWith('retiring/');
  };
}

const isOfTeam =
  (role: TargetsRole) =>
  (path: string): boolean => {
    const namespace = namespaceOfPath(path);
    return namespace !== undefined && delegatedRole(namespace) === role;
  };

const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean =>
  a !== undefined && Buffer.compare(a, b) === 0;
