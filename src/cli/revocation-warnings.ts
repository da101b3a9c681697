import { closest, formatInstant } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { EpochMs } from '../ports/index.ts';
import type { WantedRevocation } from './revocation-change.ts';

/**
 * What may not be as a person in a hurry meant it: a name that nobody has revokes nothing, and an instant to come keeps
 * a sound one out until then. No mistake for certain: the registration may be gone, and the node may be away.
 *
 * @param nodes the names of those that are known, asked for only where a node is revoked
 */
export async function revocationWarnings(
  wanted: WantedRevocation,
  inForce: TrustSet,
  nodes: () => Promise<readonly string[]>,
  now: EpochMs,
): Promise<readonly string[]> {
  if (wanted.kind === 'authority') return [];
  const { name, known, what } = await namesFor(wanted, inForce, nodes);
  const near = closest(name, known);
  return [
    ...(known.includes(name)
      ? []
      : [`${what} ${name}${near === undefined ? '' : `: did you mean ${near}?`}`]),
    ...(wanted.beforeMs > now
      ? [`nothing is issued for ${name} until ${formatInstant(wanted.beforeMs)}`]
      : []),
  ];
}

async function namesFor(
  wanted: Exclude<WantedRevocation, { kind: 'authority' }>,
  { registrations }: TrustSet,
  nodes: () => Promise<readonly string[]>,
): Promise<{ readonly name: string; readonly known: readonly string[]; readonly what: string }> {
  if (wanted.kind === 'node') {
    return { name: wanted.node, known: await nodes(), what: 'no node is known as' };
  }
  const { namespace, serviceAccount } = wanted.name;
  return {
    name: `${namespace}/${serviceAccount}`,
    known: registrations.map(({ spiffeId }) =>
      spiffeId.replace(/^.*\/ns\//, '').replace('/sa/', '/'),
    ),
    what: 'no registration is for',
  };
}
