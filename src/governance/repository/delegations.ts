import { type Metadata, Targets } from '@tufjs/models';
import type { Namespace } from '../../core/index.ts';
import { MAX_DELEGATIONS } from '../limits.ts';
import { isOwnName, namedKeys, type Signers, tufKey } from './keys.ts';
import { SPEC_VERSION, tufDate } from './metadata.ts';
import { type DelegatedRole, delegatedRole, isDelegatedRole, namespaceOf } from './roles.ts';

/** A namespace in the hands of a team, and whose signatures its list needs. */
export interface Delegation extends Signers {
  readonly namespace: Namespace;
}

/** TUF section 4.5: what a team's list may name. A `*` stands for what is between two slashes. */
const pathsOf = (namespace: Namespace): string[] => [`ns/${namespace}/*/*`];

/** Does {@link pathsOf} a namespace cover this path? */
export const isPathIn = (namespace: Namespace, path: string): boolean =>
  path.startsWith(`ns/${namespace}/`) && path.split('/').length === 4;

/** The namespace that a path belongs to; undefined for what is the whole mesh's. */
export function namespaceOfPath(path: string): Namespace | undefined {
  const [ns, namespace = '', ...rest] = path.split('/');
  const role = `ns.${namespace}`;
  return ns === 'ns' && rest.length === 2 && isDelegatedRole(role) ? namespaceOf(role) : undefined;
}

type TufDelegations = NonNullable<Targets['delegations']>;
type TufRole = NonNullable<TufDelegations['roles']>[string];

/** Delegations as part of a list, made from their JSON: the library has no other way. */
export function makeDelegations(delegations: readonly Delegation[]): TufDelegations | undefined {
  if (delegations.length === 0) return undefined;
  const keys = delegations.flatMap((delegation) => delegation.keys.map(tufKey));
  const roles = delegations.map(({ namespace, keys: own, threshold }) => ({
    name: delegatedRole(namespace),
    keyids: own.map((key) => tufKey(key).keyID).sort(), // as in a root: one spelling
    threshold,
    terminating: true,
    paths: pathsOf(namespace),
  }));
  const json = { keys: Object.fromEntries(keys.map((key) => [key.keyID, key.toJSON()])), roles };
  const empty = new Targets({ version: 1, specVersion: SPEC_VERSION, expires: tufDate(0) });
  return Targets.fromJSON({ ...empty.toJSON(), delegations: json }).delegations;
}

/** What the governors' list hands over, by role, in order of namespace. */
export function delegationsOf({ signed }: Metadata<Targets>): Map<DelegatedRole, Delegation> {
  const { roles = {}, keys = {} } = signed.delegations ?? {};
  const found = Object.entries(roles).flatMap(([name, { keyIDs, threshold }]) =>
    isDelegatedRole(name)
      ? [
          [
            name,
            { namespace: namespaceOf(name), keys: namedKeys(keyIDs, keys), threshold },
          ] as const,
        ]
      : [],
  );
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * What is wrong with the delegations of a governors' list. One of a form that this software does not
 * know refuses the list: whom else it lets sign nobody here could say.
 */
export function delegationsProblem({ signed }: Metadata<Targets>): string | undefined {
  const { delegations } = signed;
  if (delegations === undefined) return undefined;
  const roles = Object.values(delegations.roles ?? {});
  if (delegations.succinctRoles !== undefined) return 'targets delegate to bins, not to namespaces';
  if (roles.length > MAX_DELEGATIONS) {
    return `targets delegate ${roles.length} namespaces; at most ${MAX_DELEGATIONS} are read`;
  }
  if (!Object.entries(delegations.keys).every(isOwnName)) {
    return 'targets delegate to a key that is not named by its own hash';
  }
  const odd = roles.find((role) => !isOfOurForm(role));
  return odd === undefined ? undefined : `targets delegate ${odd.name} in a way that is not known`;
}

function isOfOurForm({ name, terminating, paths, threshold }: TufRole): boolean {
  if (!isDelegatedRole(name) || !terminating || !Number.isInteger(threshold)) return false;
  return paths?.join('\n') === pathsOf(namespaceOf(name)).join('\n');
}
