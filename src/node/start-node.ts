import { type AskPassphrase, unsealAuthorityKeys } from './authority-seal.ts';
import { openDataDirectory } from './data-directory.ts';
import { assembleNode } from './node-assembly.ts';
import type { RunningNode } from './node-end.ts';
import type { NodeConfig } from './options.ts';

/**
 * Starts the node of a data directory; it serves when the promise resolves. `passphrase` is asked for, with the path of
 * the key, when the CA key is sealed.
 *
 * @throws NodeError, PlatformError, GovernanceError: each says what to do; nothing is left running
 */
export async function startNode(
  config: NodeConfig,
  passphrase: AskPassphrase,
): Promise<RunningNode> {
  const unsealed = await unsealAuthorityKeys(config.dataDir, passphrase);
  return await assembleNode(config, openDataDirectory(config.dataDir, unsealed));
}
