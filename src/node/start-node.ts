import { openDataDirectory } from './data-directory.ts';
import { assembleNode } from './node-assembly.ts';
import type { RunningNode } from './node-end.ts';
import type { NodeConfig } from './options.ts';

/**
 * Starts the node of a data directory; it serves when the promise resolves.
 *
 * @throws NodeError, PlatformError, GovernanceError: each says what to do; nothing is left running
 */
export const startNode = (config: NodeConfig): Promise<RunningNode> =>
  assembleNode(config, openDataDirectory(config.dataDir));
