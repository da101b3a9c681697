import type { AdminService } from '../admin/index.ts';
import type { SpiffeId } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import { CliError } from './errors.ts';
import { nearNames } from './near-names.ts';
import type { NamedRevocation } from './revocation-change.ts';

/** As people write it. */
export const subjectOf = (wanted: NamedRevocation): string =>
  wanted.kind === 'node' ? wanted.node : `${wanted.name.namespace}/${wanted.name.serviceAccount}`;

/**
 * A name that nobody has revokes nothing, and who misspelt it in a hurry would believe it done.
 *
 * @throws CliError NAME_UNKNOWN
 */
export async function requireKnown(
  wanted: NamedRevocation,
  inForce: TrustSet,
  client: AdminService,
): Promise<void> {
  const name = subjectOf(wanted);
  const [known, what] =
    wanted.kind === 'node'
      ? [await nodesKnown(inForce, client), 'no node is known as']
      : [workloadsKnown(inForce), 'no registration is for'];
  if (known.has(name)) return;
  throw new CliError('NAME_UNKNOWN', `${what} ${name}: nothing was revoked`, {
    remedy: `${nearNames(name, [...known].sort())} If the name is right, and every trace of it is gone, add --unknown.`,
  });
}

/** Those that are here, those that were until lately, and all that somebody has signed something about. */
async function nodesKnown(inForce: TrustSet, client: AdminService): Promise<ReadonlySet<string>> {
  const { authorities, retiring, registrations, revocations } = inForce;
  const [nodes, members] = await Promise.all([client.nodes({}), client.members({})]);
  return new Set<string>([
    ...[...nodes.items, ...members.items].map(({ name }) => name),
    ...[...authorities, ...retiring].map(({ node }) => node),
    ...registrations.flatMap((one) => (one.nodes === 'any' ? [] : one.nodes)),
    ...revocations.flatMap((one) => (one.kind === 'node' ? [one.node] : [])),
  ]);
}

const workloadsKnown = ({ registrations, revocations }: TrustSet): ReadonlySet<string> =>
  new Set([
    ...registrations.map(({ spiffeId }) => accountOf(spiffeId)),
    ...revocations.flatMap((one) => (one.kind === 'workload' ? [accountOf(one.spiffeId)] : [])),
  ]);

const accountOf = (spiffeId: SpiffeId): string =>
  spiffeId.replace(/^.*\/ns\//, '').replace('/sa/', '/');
