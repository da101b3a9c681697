import type { SpiffeId } from '../core/index.ts';
import { nodeErrors } from './errors.ts';
import type { Refusal } from './workload-admission.ts';

/** What a process hears that ran already when its identity was revoked. */
export const revokedIdentity = (spiffeId: SpiffeId): Refusal => ({
  code: 'IDENTITY_REVOKED',
  message: `${spiffeId} was revoked, for all that ran by then`,
  remedy: nodeErrors.IDENTITY_REVOKED.remedy,
});
