import type { Result } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import {
  openRepository,
  type SignedChange,
  type TrustFiles,
  type TrustRefusal,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { readTrustSet, type TrustReading } from '../verification/index.ts';
import { checkChange } from './check-change.ts';

/**
 * What the files put in force, for a person who is about to change it.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE
 */
export function heldTrust(held: TrustFiles): TrustSet {
  const { root, targets, files } = opened(held);
  const rootVersion = root.signed.version;
  return setOf(readTrustSet({ rootVersion, targets, contents: files.contents }));
}

/**
 * What would be in force once `change` is published.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, CHANGE_OVERTAKEN, CHANGE_REFUSED
 */
export function previewChange(held: TrustFiles, change: SignedChange): TrustSet {
  const { root, targets, contents } = checkChange(opened(held), change);
  return setOf(readTrustSet({ rootVersion: root.signed.version, targets, contents }));
}

const opened = (held: TrustFiles) => orRefuse(openRepository(held));

const setOf = (reading: Result<TrustReading, TrustRefusal>): TrustSet => orRefuse(reading).set;

function orRefuse<T>(result: Result<T, TrustRefusal>): T {
  if (result.ok) return result.value;
  throw new GovernanceError('TRUST_NOT_GENUINE', result.error.detail);
}
