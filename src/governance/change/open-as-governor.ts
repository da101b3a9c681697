import { GovernanceError } from '../errors.ts';
import {
  governorsOf,
  openRepository,
  type Repository,
  type TrustFiles,
  type TrustSigner,
  tufKey,
} from '../repository/index.ts';

/**
 * Opens the repository that a node handed to a governor, who is about to sign all of its targets
 * again: every file must be whole, and its root must carry this governor's own signature. A node
 * that was taken over can so neither slip targets in nor name governors of its own.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE, NOT_A_GOVERNOR
 */
export function openAsGovernor(held: TrustFiles, governor: TrustSigner): Repository {
  const opened = openRepository(held);
  if (!opened.ok) {
    const { reason, detail } = opened.error;
    throw new GovernanceError(
      'TRUST_NOT_GENUINE',
      `the repository is not whole (${reason}): ${detail}`,
    );
  }
  const own = tufKey(governor.publicKey);
  const { root } = opened.value;
  if (!governorsOf(root).keys.some(({ keyID }) => keyID === own.keyID)) {
    throw new GovernanceError(
      'NOT_A_GOVERNOR',
      `the key ${governor.publicKey} is no governor of this mesh`,
    );
  }
  try {
    own.verifySignature(root);
  } catch (cause) {
    const message = `root ${root.signed.version} names this governor but is not signed by it`;
    throw new GovernanceError('TRUST_NOT_GENUINE', message, { cause });
  }
  return opened.value;
}
