import type { Gossip } from '../../ports/index.ts';
import { type GossipBench, gossipContract } from '../../ports/testing/gossip.contract.ts';
import { eventually, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { realClock } from '../real-time.ts';
import { startGossip } from './index.ts';

let seeds = 0;

function real(): GossipBench {
  const started: Gossip[] = [];
  return {
    start: async (_name, admission) => {
      seeds += 1;
      const gossip = await startGossip({
        seed: new Uint8Array(32).fill(seeds),
        listen: ['/ip4/127.0.0.1/tcp/0'],
        admission,
        clock: realClock,
        log: recordingLog(),
        meter: recordingMeter(),
        admissionTimeoutMs: 1_000,
      });
      started.push(gossip);
      return gossip;
    },
    until: eventually,
    stop: async () => {
      for (const gossip of started.splice(0).reverse()) await gossip.stop();
    },
  };
}

gossipContract('libp2p', real);
