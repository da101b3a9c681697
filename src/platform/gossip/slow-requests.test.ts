import { expect, test } from 'bun:test';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { encodeFrame } from '../../core/index.ts';
import type { Admission } from '../../ports/index.ts';
import { eventually, FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { createHost, type Host, startHost } from './host.ts';
import { startGossip } from './index.ts';
import { MAX_EXCHANGES, MAX_EXCHANGES_PER_PEER, REQUEST_TIMEOUT_MS } from './limits.ts';
import { Offences } from './offences.ts';
import { Places } from './places.ts';
import { Refusals } from './refusals.ts';

const PROTOCOL = '/test/1';
const parts = () => ({ clock: new FakeClock(), log: recordingLog(), meter: recordingMeter() });
const seed = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

/** Says its name, and admits everybody. */
const admission = (name: string): Admission => ({
  credential: () => new TextEncoder().encode(name),
  admit: (_key, credential) => ({ admitted: true, name: new TextDecoder().decode(credential) }),
});

const start = (name: string, fill: number) =>
  startGossip({
    ...parts(),
    seed: seed(fill),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    admission: admission(name),
  });

/** A member that is under no rule of ours. */
async function colluder(fill: number): Promise<Host> {
  const { clock, log, meter } = parts();
  const host = await createHost({
    seed: seed(fill),
    listen: [],
    admission: admission(`colluder-${fill}`),
    admissionTimeoutMs: 5_000,
    offences: new Offences(clock),
    refusals: new Refusals(clock, log, meter),
    admitted: () => undefined,
  });
  await startHost(host);
  return host;
}

test('members that begin requests and never end them keep no other member from being answered', async () => {
  const [target, honest] = [await start('target', 111), await start('honest', 112)];
  target.serve(PROTOCOL, async (request) => request);
  const where = target.addresses().map((address) => multiaddr(`${address}/p2p/${target.self}`));
  const colluders: Host[] = [];
  try {
    await honest.dial(target.self, target.addresses());
    const open: { readonly status: string }[] = [];
    for (let n = 0; n < MAX_EXCHANGES / MAX_EXCHANGES_PER_PEER; n++) {
      const host = await colluder(120 + n);
      colluders.push(host);
      await host.dial(where);
      for (let i = 0; i < MAX_EXCHANGES_PER_PEER; i++) {
        const stream = await host.dialProtocol(peerIdFromString(target.self), PROTOCOL);
        stream.send(encodeFrame(new Uint8Array(9)).subarray(0, 6));
        open.push(stream);
      }
    }
    const request = new Uint8Array([1, 2, 3]);
    for (let n = 0; n < 3; n++) {
      const answer = await honest.request(target.self, PROTOCOL, request, { timeoutMs: 2_000 });
      expect(answer).toEqual(request);
    }
    const left = () => open.filter(({ status }) => status === 'open').length;
    const deadline = REQUEST_TIMEOUT_MS + 2_000;
    await eventually('none of them is waited for', () => left() === 0, deadline);
  } finally {
    for (const host of colluders) await host.stop();
    await honest.stop();
    await target.stop();
  }
}, 15_000);

test('where all places are taken, the oldest request of the peer that leaves most unfinished gives way', () => {
  const places = new Places();
  const gone: string[] = [];
  const take = (peer: string, name = peer) => places.take(peer, () => gone.push(name));
  take('early');
  for (let n = 1; n < MAX_EXCHANGES - 1; n++) take(`p${n}`);
  take('twice', 'first');
  take('twice', 'second'); // all are taken, and it is the only one with two
  expect(gone).toEqual(['early']);
  take('late');
  expect(gone).toEqual(['early', 'first']);
  take('later');
  expect(gone).toEqual(['early', 'first', 'p1']);
});

test('a request that is being answered keeps its place, and when all are, the next is refused', () => {
  const places = new Places();
  const taken = Array.from({ length: MAX_EXCHANGES }, (_, n) => places.take(`p${n}`, () => n));
  for (const place of taken) if (place !== undefined) place.waitsForPeer = false;
  expect(places.take('late', () => undefined)).toBeUndefined();
  const [first] = taken;
  if (first !== undefined) places.leave(first);
  expect(places.take('late', () => undefined)).toBeDefined();
});
