import { isDnsLabel, type Namespace } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import { MAX_DELEGATIONS } from '../limits.ts';
import {
  type DelegatedRole,
  type Delegation,
  delegatedRole,
  isPublicKey,
  type Signers,
} from '../repository/index.ts';

/** A namespace for a team's keys, or, without them, back to the governors. */
export interface DelegationChange {
  readonly namespace: Namespace;
  readonly to: Signers | undefined;
}

export type Delegations = ReadonlyMap<DelegatedRole, Delegation>;

/**
 * Who is to hold which namespace, in order of namespace.
 *
 * @throws GovernanceError SIGNERS_INVALID, NAMESPACE_NOT_DELEGATED
 */
export function wantedDelegations(
  before: Delegations,
  changes: readonly DelegationChange[],
): Delegations {
  const after = new Map(before);
  for (const { namespace, to } of changes) {
    const role = delegatedRole(namespace);
    if (to !== undefined) {
      requireSigners(to, `the team of ${namespace}`);
      after.set(role, { namespace, ...to });
    } else if (!after.delete(role)) {
      const message = `the namespace ${namespace} is in the governors' hands`;
      throw new GovernanceError('NAMESPACE_NOT_DELEGATED', message);
    }
  }
  if (after.size > MAX_DELEGATIONS) {
    const message = `${after.size} namespaces of at most ${MAX_DELEGATIONS} would be handed over`;
    throw new GovernanceError('SIGNERS_INVALID', message);
  }
  return new Map([...after].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Can these sign at all, and each for one only?
 *
 * @throws GovernanceError SIGNERS_INVALID
 */
export function requireSigners({ keys, threshold }: Signers, who: string): void {
  const fail = (message: string): never => {
    throw new GovernanceError('SIGNERS_INVALID', `${who}: ${message}`);
  };
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > keys.length) {
    fail(`a threshold of ${threshold} of ${keys.length} keys`);
  }
  for (const { name, publicKey } of keys) {
    if (!isDnsLabel(name)) fail(`'${name}' is no name for a key`);
    if (!isPublicKey(publicKey)) fail(`'${publicKey}' is no Ed25519 public key in hex`);
    if (keys.filter((other) => other.name === name).length > 1) fail(`two keys are called ${name}`);
    const same = keys.filter((other) => other.publicKey === publicKey);
    if (same.length > 1) fail(`${same.map((key) => key.name).join(' and ')} are one key`);
  }
}

/** Does the same body of people stand behind both? */
export const isSameSigners = (a: Signers, b: Signers): boolean => spelled(a) === spelled(b);

const spelled = ({ keys, threshold }: Signers): string =>
  [threshold, ...keys.map(({ name, publicKey }) => `${publicKey} ${name}`).sort()].join('\n');
