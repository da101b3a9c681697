import type { TrustFiles, TrustSigner } from '../governance/index.ts';
import type { CliContext } from './context.ts';
import { type KeyChoice, readGovernorKey } from './governor-key.ts';
import { type RecognisedMesh, requireKnownMesh } from './known-mesh.ts';

/** A key that may sign for a mesh, as far as it knows that mesh. */
export interface Signing {
  readonly signer: TrustSigner;
  readonly mesh: RecognisedMesh;
}

/**
 * Opens a key and lets it look at what it is to sign for.
 *
 * @throws CliError PASSPHRASE_NEEDED, INPUT_INVALID
 * @throws PlatformError as `readGovernorKey`
 * @throws GovernanceError TRUST_NOT_GENUINE
 */
export async function openSigner(
  context: CliContext,
  choice: KeyChoice,
  held: TrustFiles,
): Promise<Signing> {
  const signer = await readGovernorKey(context, choice);
  return { signer, mesh: requireKnownMesh(context, choice.key, signer, held) };
}
