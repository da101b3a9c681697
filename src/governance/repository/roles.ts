import { err, isDnsLabel, type Namespace, ok, type Result } from '../../core/index.ts';

/** The role of a team: it lists what stands in force in one namespace (TUF section 4.5, delegations). */
export type DelegatedRole = `ns.${string}`;
/** Who lists targets: the governors, or the team that a namespace was handed to. */
export type TargetsRole = 'targets' | DelegatedRole;
/** Whose signatures people give; snapshot and timestamp are signed by machines. */
export type Role = 'root' | TargetsRole;

const PREFIX = 'ns.';

export const delegatedRole = (namespace: Namespace): DelegatedRole => `${PREFIX}${namespace}`;

export const isDelegatedRole = (text: string): text is DelegatedRole =>
  text.startsWith(PREFIX) && isDnsLabel(text.slice(PREFIX.length));

/** The namespace of a team's role. A role's name is one only with a DNS label in it, so the cast holds. */
export const namespaceOf = (role: DelegatedRole): Namespace =>
  role.slice(PREFIX.length) as Namespace;

export const isRole = (text: string): text is Role =>
  text === 'root' || text === 'targets' || isDelegatedRole(text);

/** How metadata files are named: in a snapshot, and in the store (TUF section 3.1.2). */
export const fileOf = (role: TargetsRole): `${TargetsRole}.json` => `${role}.json`;

/** The role whose file an entry of a snapshot is. */
export function roleOfFile(file: string): Result<TargetsRole, string> {
  const role = file.endsWith('.json') ? file.slice(0, -'.json'.length) : '';
  return role === 'targets' || isDelegatedRole(role)
    ? ok(role)
    : err(`${file} is the file of no targets role`);
}
