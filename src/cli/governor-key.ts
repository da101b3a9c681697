import { governorFromPem, type TrustSigner } from '../governance/index.ts';
import { readKeyFile, refuseInside } from '../platform/index.ts';

/**
 * Reads a governor's key: a file of mode 0600 that lies in no node's data directory, so that a stolen
 * node does not take along what may change the rules.
 *
 * @throws PlatformError KEY_IN_DATA_DIRECTORY, KEY_FILE_OPEN_TO_OTHERS, KEY_FILE_UNUSABLE, FILE_MISSING
 */
export function readGovernorKey(path: string, dataDir?: string): TrustSigner {
  refuseInside(path, dataDir);
  return governorFromPem(readKeyFile(path, 'ed25519'));
}
