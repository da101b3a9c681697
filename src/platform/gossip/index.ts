import type { Gossip } from '../../ports/index.ts';
import type { GossipOptions } from './start-gossip.ts';

export type { GossipOptions };

/**
 * See start-gossip.ts. libp2p is loaded here and not with the platform: it costs 150 ms and 40 MB, which
 * a sidecar and a command of a second's life need not pay.
 */
export async function startGossip(options: GossipOptions): Promise<Gossip> {
  const { startGossip: start } = await import('./start-gossip.ts');
  return await start(options);
}
