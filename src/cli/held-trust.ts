import type { AdminService } from '../admin/index.ts';
import { decodeFiles, GovernanceError, type TrustFiles } from '../governance/index.ts';

/**
 * All files of the trust repository that a node holds. What they say is for {@link heldTrust} to judge.
 *
 * @throws GovernanceError TRUST_NOT_GENUINE
 */
export async function fetchHeld(client: AdminService): Promise<TrustFiles> {
  const { files } = await client.trustDraft({});
  const held = decodeFiles(Buffer.from(files, 'base64'));
  if (held.ok) return held.value;
  throw new GovernanceError(
    'TRUST_NOT_GENUINE',
    `the node handed out no repository: ${held.error}`,
  );
}
