import { expect, test } from 'bun:test';
import { multiaddr } from '@multiformats/multiaddr';
import type { Admission } from '../../ports/index.ts';
import { eventually, FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { createHost, startHost } from './host.ts';
import { startGossip } from './index.ts';
import { MAX_CONNECTIONS_PER_PEER } from './limits.ts';
import { Offences } from './offences.ts';
import { Refusals } from './refusals.ts';

const PROTOCOL = '/test/1';
const parts = () => ({ clock: new FakeClock(), log: recordingLog(), meter: recordingMeter() });
const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** Says its name, and admits everybody. */
const admission = (name: string): Admission => ({
  credential: () => new TextEncoder().encode(name),
  admit: (_key, credential) => ({ admitted: true, name: new TextDecoder().decode(credential) }),
});

const member = (name: string, fill: number) =>
  startGossip({
    ...parts(),
    seed: seed(fill),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: admission(name),
  });

/** A member that opens as many connections as it likes. */
async function greedyHost() {
  const { clock, log, meter } = parts();
  const host = await createHost({
    seed: seed(103),
    listen: [],
    admission: admission('greedy'),
    admissionTimeoutMs: 5_000,
    offences: new Offences(clock),
    refusals: new Refusals(clock, log, meter),
    admitted: () => undefined,
  });
  await startHost(host);
  return host;
}

test('a member that opens many connections keeps the newest, and leaves room for others and their requests', async () => {
  const [target, honest] = [await member('target', 101), await member('honest', 102)];
  const greedy = await greedyHost();
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
