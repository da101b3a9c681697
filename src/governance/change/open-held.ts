import { GovernanceError } from '../errors.ts';
import { openRepository, type Repository, type TrustFiles } from '../repository/index.ts';

/** What a person or a node builds on: files as somebody handed them out, or opened already. */
export type Held = TrustFiles | Repository;

/**
 * Opens what is held, unless it was opened before.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE: a file is missing, damaged or not signed
 */
export function openHeld(held: Held): Repository {
  if ('files' in held) return held;
  const opened = openRepository(held);
  if (opened.ok) return opened.value;
  const { reason, detail } = opened.error;
  const message = `the repository is not whole (${reason}): ${detail}`;
  throw new GovernanceError('TRUST_NOT_GENUINE', message);
}
