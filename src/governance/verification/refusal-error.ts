import { GovernanceError } from '../errors.ts';
import type { TrustRefusal } from '../repository/index.ts';

/** A refused repository as an error for the person who wanted it: on joining, on restoring. */
export function refusedTrust({ reason, detail }: TrustRefusal): GovernanceError {
  switch (reason) {
    case 'expired':
      return new GovernanceError('TRUST_EXPIRED', detail);
    case 'pinned-root-missing':
      return new GovernanceError('PINNED_ROOT_MISMATCH', detail);
    case 'trust-domain-changed':
      return new GovernanceError('TRUST_DOMAIN_MISMATCH', detail);
    default:
      return new GovernanceError('TRUST_REFUSED', `${reason}: ${detail}`);
  }
}
