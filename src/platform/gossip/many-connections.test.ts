import { expect, test } from 'bun:test';
import { multiaddr } from '@multiformats/multiaddr';
import { eventually } from '../../ports/testing/index.ts';
import { MAX_CONNECTIONS_PER_PEER } from './limits.ts';
import { startHostileHost, startMember } from './testing/hostile-hosts.ts';

const PROTOCOL = '/test/1';
/** Many handshakes, on a host that does much else. */
const BUSY_HOST_MS = 30_000;

test(
  'a member that opens many connections keeps the newest, and leaves room for others and their requests',
  async () => {
    const [target, honest] = [await startMember('target', 101), await startMember('honest', 102)];
    const greedy = await startHostileHost('greedy', 103);
    target.serve(PROTOCOL, async (request) => request);
    const where = target.addresses().map((address) => multiaddr(`${address}/p2p/${target.self}`));
    try {
      for (let n = 0; n < 8; n++) {
        const connection = await greedy.dial(where, { force: true });
        for (let i = 0; i < 4; i++) {
          await connection.newStream(PROTOCOL).catch(() => undefined); // it is refused, or never ends
        }
      }
      const open = () => greedy.getConnections().length;
      await eventually('the others are closed', () => open() === MAX_CONNECTIONS_PER_PEER);
      expect(target.peers().map(({ name }) => name)).toEqual(['greedy']);
      await honest.dial(target.self, target.addresses());
      await eventually('they have met', () => honest.peers().length === 1);
      const request = new Uint8Array([1, 2, 3]);
      const answer = await honest.request(target.self, PROTOCOL, request, { timeoutMs: 2_000 });
      expect(answer).toEqual(request);
    } finally {
      await greedy.stop();
      await honest.stop();
      await target.stop();
    }
  },
  BUSY_HOST_MS,
);

test(
  'a member at the bound of its connections takes whoever comes, and lets the oldest go that others opened',
  async () => {
    const MAX = 4;
    const target = await startMember('target', 110, { maxConnections: MAX });
    target.serve(PROTOCOL, async (request) => request);
    const chosen = await startMember('chosen', 111);
    const crowd: Awaited<ReturnType<typeof startMember>>[] = [];
    try {
      await target.dial(chosen.self, chosen.addresses());
      for (let n = 0; n < MAX + 2; n++) {
        const one = await startMember(`crowd-${n}`, 112 + n);
        crowd.push(one);
        await one.dial(target.self, target.addresses());
        const request = new Uint8Array([n]);
        const answer = await one.request(target.self, PROTOCOL, request, { timeoutMs: 2_000 });
        expect(answer).toEqual(request);
      }
      const names = () => target.peers().map(({ name }) => name);
      await eventually('the oldest are closed', () => names().length === MAX);
      expect(names()).toEqual(['chosen', 'crowd-3', 'crowd-4', 'crowd-5']);
    } finally {
      for (const one of [target, chosen, ...crowd]) await one.stop();
    }
  },
  BUSY_HOST_MS,
);
