import { startNamespace } from '../src/platform/testing/index.ts';
import type { Bench, Row } from './rows.ts';

/** What gossip-child.ts prints: bytes, from the IP header on, of both ends together. */
interface GossipCosts {
  readonly connection: number;
  readonly idlePerSecond: number;
  readonly exchange: number;
  readonly message: number;
}

/** The simulator's model of libp2p counts with these: sim/world/gossip/wire-cost.ts. */
export const gossipBench: Bench = {
  about:
    'what libp2p sends between two members, both ends together, beyond what it was asked to carry (needs root: a network namespace)',
  async run() {
    const { name, remove } = await startNamespace();
    try {
      const child = Bun.spawn(
        ['ip', 'netns', 'exec', name, process.execPath, `${import.meta.dir}/gossip-child.ts`],
        { stderr: 'inherit' },
      );
      // Its own JSON, of this shape.
      return rows(JSON.parse(await new Response(child.stdout).text()) as GossipCosts);
    } finally {
      await remove();
    }
  },
};

const rows = ({ connection, idlePerSecond, exchange, message }: GossipCosts): readonly Row[] => [
  { what: 'a new connection', value: connection, unit: 'bytes' },
  { what: 'an open connection that nobody uses', value: idlePerSecond, unit: 'bytes/s' },
  { what: 'a request with its answer', value: exchange, unit: 'bytes' },
  { what: 'a message of a topic, each hop', value: message, unit: 'bytes' },
];
