import { expect, test } from 'bun:test';
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { encodeFrame } from '../../core/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import type { Host } from './host.ts';
import { MAX_EXCHANGES, MAX_EXCHANGES_PER_PEER, REQUEST_TIMEOUT_MS } from './limits.ts';
import { Places } from './places.ts';
import { startHostileHost, startMember } from './testing/hostile-hosts.ts';

const PROTOCOL = '/test/1';

test('members that begin requests and never end them keep no other member from being answered', async () => {
  const [target, honest] = [await startMember('target', 111), await startMember('honest', 112)];
  target.serve(PROTOCOL, async (request) => request);
  const where = target.addresses().map((address) => multiaddr(`${address}/p2p/${target.self}`));
  const colluders: Host[] = [];
  try {
    await honest.dial(target.self, target.addresses());
    const open: { readonly status: string }[] = [];
    for (let n = 0; n < MAX_EXCHANGES / MAX_EXCHANGES_PER_PEER; n++) {
      const host = await startHostileHost(`colluder-${n}`, 120 + n);
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
}, 60_000);

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
