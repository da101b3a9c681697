import { expect, test } from 'bun:test';
import { multiaddr } from '@multiformats/multiaddr';
import { eventually } from '../../ports/testing/index.ts';
import { MAX_CONNECTIONS_PER_PEER } from './limits.ts';
import { startHostileHost, startMember } from './testing/hostile-hosts.ts';

const PROTOCOL = '/test/1';

test('a member that opens many connections keeps the newest, and leaves room for others and their requests', async () => {
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
});
