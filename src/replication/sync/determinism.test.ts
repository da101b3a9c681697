import { expect, test } from 'bun:test';
import { sha256Hex } from '../../crypto/index.ts';
import {
  FakeClock,
  GossipNetwork,
  recordingLog,
  recordingMeter,
  seededRandom,
} from '../../ports/testing/index.ts';
import { RecordSync } from './record-sync.ts';
import { credulousStore, saying } from './testing/fleet.ts';
import { settle } from './testing/mesh.ts';

/** All questions and answers of a mesh of eight within a minute, in their order and with their times. */
async function trace(seed: number): Promise<readonly string[]> {
  const clock = new FakeClock();
  const network = new GossipNetwork();
  const random = seededRandom(seed);
  network.loses = () => random.fraction() < 0.3;
  const lines: string[] = [];
  const nodes = Array.from({ length: 8 }, (_, i) => {
    const records = credulousStore(`n${i}`, clock);
    const gossip = network.join(`n${i}`);
    const request = gossip.request.bind(gossip);
    gossip.request = async (peer, protocol, question, options) => {
      const answer = await request(peer, protocol, question, options);
      lines.push(`${clock.monotonic()} ${i} ${peer} ${sha256Hex(question)} ${sha256Hex(answer)}`);
      return answer;
    };
    const ports = { gossip, clock, log: recordingLog(), meter: recordingMeter() };
    const sync = new RecordSync({ ...ports, records, random: seededRandom(seed + i) });
    sync.start();
    return { records, gossip, sync };
  });
  for (const { gossip } of nodes) {
    for (const other of nodes)
      if (other.gossip !== gossip) await gossip.dial(other.gossip.self, []);
  }
  for (let step = 0; step < 600; step++) {
    clock.advance(100);
    const { records } = nodes[step % 8] ?? nodes[0] ?? fail();
    if (step % 5 === 0) records.accept(saying(`w${step % 40}`, 'x', step, clock.now()), 'test');
    await settle();
  }
  for (const { sync } of nodes) sync.stop();
  return lines;
}

function fail(): never {
  throw new Error('there are eight');
}

test('the same clock, randomness and network bring the same conversation, word for word', async () => {
  const [one, again, another] = [await trace(1), await trace(1), await trace(2)];
  expect(one.length).toBeGreaterThan(100);
  expect(again).toEqual(one);
  expect(another).not.toEqual(one);
}, 60_000);
