import { type GossipBench, gossipContract } from '../../../src/ports/testing/gossip.contract.ts';
import { recordingLog } from '../../../src/ports/testing/index.ts';
import { SimGossip, World } from '../index.ts';

const STEP_MS = 10;
const DEADLINE_MS = 60_000;

function simulated(): GossipBench {
  const world = new World({ seed: 7, network: { latencyMs: [[24]], jitterMs: 2, loss: 0.01 } });
  return {
    start: async (name, admission) => {
      const process = world.addHost().boot();
      const publicKey = new TextEncoder().encode(name.padEnd(32));
      const log = recordingLog();
      return new SimGossip(process, { id: `peer-${name}`, publicKey, port: 7600, admission, log });
    },
    until: async (what, condition) => {
      const end = world.now + DEADLINE_MS;
      while (!condition()) {
        if (world.now > end) throw new Error(`not within ${DEADLINE_MS} ms of the world: ${what}`);
        world.runUntil(world.now + STEP_MS);
      }
    },
    stop: async () => undefined,
  };
}

gossipContract('the model of libp2p', simulated);
