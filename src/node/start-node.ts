import { realClock, returnMemory } from '../platform/index.ts';
import { openDataDirectory } from './data-directory.ts';
import { returnMemoryNowAndThen } from './memory-returns.ts';
import { assembleNode } from './node-assembly.ts';
import type { RunningNode } from './node-end.ts';
import type { NodeConfig } from './options.ts';

/**
 * Starts the node of a data directory; it serves when the promise resolves.
 *
 * @throws NodeError, PlatformError, GovernanceError: each says what to do; nothing is left running
 */
export async function startNode(config: NodeConfig): Promise<RunningNode> {
  const node = await assembleNode(config, openDataDirectory(config.dataDir));
  const returns = returnMemoryNowAndThen(realClock, returnMemory);
  const ended = () => returns.cancel();
  node.done.then(ended, ended);
  return node;
}
