import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import {
  eventually,
  FakeClock,
  GossipNetwork,
  recordingLog,
  recordingMeter,
  seededRandom,
} from '../ports/testing/index.ts';
import { type KnownMember, Membership } from './index.ts';

function mesh() {
  const clock = new FakeClock();
  const network = new GossipNetwork();
  const start = (name: string) => {
    const gossip = network.join(name);
    const log = recordingLog();
    const meter = recordingMeter();
    const membership = new Membership({ gossip, clock, random: seededRandom(3), log, meter });
    membership.start();
    return { gossip, membership, log, meter };
  };
  return { clock, network, start };
}

const known = (name: string): KnownMember => ({
  name: name as NodeName, // a label
  peerId: `peer-${name}`,
  addresses: [`/memory/peer-${name}`],
});

test('known members get connected, and both sides see each other alive', async () => {
  const { clock, start } = mesh();
  const [a, b] = [start('a'), start('b')];
  a.membership.learn([known('b')]);
  await eventually('b is alive', () => a.membership.members()[0]?.state === 'alive');
  expect(b.membership.members()).toEqual([]);
  b.membership.learn([known('a')]);
  expect(b.membership.members()).toEqual([{ ...known('a'), state: 'alive', since: clock.now() }]);
  expect(a.meter.value('selvage_members', { state: 'alive' })).toBe(1);
});

test('a member that stopped is unreachable since then, and alive again when it is back', async () => {
  const { clock, start } = mesh();
  const [a, b] = [start('a'), start('b')];
  a.membership.learn([known('b')]);
  await eventually('b is alive', () => a.membership.members()[0]?.state === 'alive');
  let changes = 0;
  a.membership.onChange(() => changes++);
  clock.advance(7_000);
  const died = clock.now();
  await b.gossip.stop();
  clock.advance(60_000);
  expect(a.membership.members()[0]).toMatchObject({ state: 'unreachable', since: died });
  expect(changes).toBe(1);
  start('b');
  await eventually('it was dialled again', () => {
    clock.advance(250);
    return a.membership.members()[0]?.state === 'alive';
  });
});

test('a member that cannot be dialled is said so once', async () => {
  const { clock, start } = mesh();
  const a = start('a');
  a.membership.learn([known('nobody')]);
  const lines = () => a.log.lines.filter(({ message }) => message === 'member unreachable');
  await eventually('it was found unreachable', () => lines().length === 1);
  for (let i = 0; i < 100; i++) {
    clock.advance(1_000);
    await Promise.resolve();
  }
  expect(lines()).toHaveLength(1);
  expect(a.meter.value('selvage_members', { state: 'unreachable' })).toBe(1);
});

test('who leaves takes leave of all peers and dials nobody', async () => {
  const { clock, start } = mesh();
  const [a, b] = [start('a'), start('b')];
  a.membership.learn([known('b')]);
  await eventually('they are connected', () => b.gossip.peers().length === 1);
  await a.membership.leave();
  expect(b.gossip.peers()).toEqual([]);
  clock.advance(60_000);
  a.membership.learn([known('b'), known('c')]);
  await Promise.resolve();
  expect(a.gossip.peers()).toEqual([]);
});
