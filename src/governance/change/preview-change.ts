import type { Result } from '../../core/index.ts';
import { GovernanceError } from '../errors.ts';
import {
  openRepository,
  type SignedChange,
  type TrustFiles,
  type TrustRefusal,
} from '../repository/index.ts';
import type { TrustSet } from '../trust-set.ts';
import { readTrustSet } from '../verification/index.ts';
import { checkChange } from './check-change.ts';

/**
 * What the files put in force, for a person who is about to change it.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE
 */
export function heldTrust(held: TrustFiles): TrustSet {
  const { root, targets, files } = opened(held);
  const rootVersion = root.signed.version;
  return orRefuse(readTrustSet({ rootVersion, targets, contents: files.contents })).set;
}

/**
 * What would be in force once `change` is published.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, CHANGE_OVERTAKEN, CHANGE_REFUSED
 */
export function previewChange(held: TrustFiles, change: SignedChange): TrustSet {
  return checkChange(opened(held), change).set;
}

const opened = (held: TrustFiles) => orRefuse(openRepository(held));

function orRefuse<T>(result: Result<T, TrustRefusal>): T {
  if (result.ok) return result.value;
  throw new GovernanceError('TRUST_NOT_GENUINE', result.error.detail);
}
