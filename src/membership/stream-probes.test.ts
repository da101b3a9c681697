import { expect, test } from 'bun:test';
import { FakeClock, GossipNetwork } from '../ports/testing/index.ts';
import { MAX_STREAM_PROBES, StreamProbes } from './stream-probes.ts';
import { sampleEntry } from './testing/index.ts';

const TIMEOUT_MS = 500;

/** n1, who asks, and n2, who answers; `dials` holds whom n1 had to connect with. */
function stage() {
  const network = new GossipNetwork();
  const [gossip, other] = [network.join('n1'), network.join('n2')];
  const clock = new FakeClock();
  const dials: string[] = [];
  const probes = new StreamProbes({
    gossip,
    clock,
    isConnected: (id) => gossip.peers().some((peer) => peer.id === id),
    dial: async ({ peerId, addresses }) => {
      dials.push(peerId);
      await gossip.dial(peerId, addresses);
    },
  });
  const answering = new StreamProbes({
    gossip: other,
    clock,
    isConnected: () => false,
    dial: () => Promise.reject(new Error('it asks nobody')),
  });
  return { gossip, other, clock, dials, probes, answering };
}

test('a member answers over a connection, which is made when there is none', async () => {
  const { probes, answering, dials } = stage();
  answering.serve();
  expect(await probes.probe(sampleEntry(2), TIMEOUT_MS)).toBe(true);
  expect(await probes.probe(sampleEntry(2), TIMEOUT_MS)).toBe(true);
  expect(dials).toEqual(['peer-n2']);
});

test('one that cannot be reached, does not answer, or takes too long has not answered', async () => {
  const { probes, other, clock } = stage();
  expect(await probes.probe(sampleEntry(3), TIMEOUT_MS)).toBe(false);
  expect(await probes.probe(sampleEntry(2), TIMEOUT_MS)).toBe(false);
  other.serve('/selvage/probe/1', () => new Promise(() => undefined));
  const asked = probes.probe(sampleEntry(2), TIMEOUT_MS);
  clock.advance(TIMEOUT_MS);
  expect(await asked).toBe(false);
});

test('as many are asked at one time as are bearable, and then others again', async () => {
  const { probes, other, clock, answering } = stage();
  other.serve('/selvage/probe/1', () => new Promise(() => undefined));
  const asked = Array.from({ length: MAX_STREAM_PROBES }, () =>
    probes.probe(sampleEntry(2), TIMEOUT_MS),
  );
  answering.serve();
  expect(await probes.probe(sampleEntry(2), TIMEOUT_MS)).toBe(false);
  clock.advance(TIMEOUT_MS);
  await Promise.all(asked);
  expect(await probes.probe(sampleEntry(2), TIMEOUT_MS)).toBe(true);
});
