import { beforeEach, expect, test } from 'bun:test';
import { PlatformError } from '../platform/index.ts';
import { FakeClock, GossipNetwork } from '../ports/testing/index.ts';
import { nodeClaimSchema } from '../registry/index.ts';
import { SelfRecord } from './self-record.ts';
import { TestMesh } from './testing/index.ts';

let mesh: TestMesh;
let clocks: { clock: FakeClock };

const enforcement = { enforces: { version: 1, digest: 'd'.repeat(64), since: 5 }, lag: undefined };
const freshness = { staleSince: undefined };
beforeEach(async () => {
  mesh = await TestMesh.found();
  clocks = { clock: new FakeClock(mesh.clock.now()) };
});

test('what a node says of itself is understood by the others, and says where it takes datagrams', () => {
  const { directory, log, name } = mesh.n1;
  const records = mesh.n1.openRecords();
  const membership = { address: { host: '10.0.0.1', port: 7600 } } as never; // all that it is asked
  const recordSync = { mayWrite: true } as never; // the same
  const gossip = new GossipNetwork().join(name);
  const peers = { gossip, records, recordSync, membership };
  const config = { listen: '10.0.0.1' } as never; // all that a record takes of it
  new SelfRecord({ directory, config, peers, enforcement, freshness, ...clocks, log }).say();
  const [said] = records.snapshot().records();
  expect(nodeClaimSchema.parse(said?.content.value)).toMatchObject({
    name: 'n1',
    addresses: ['/memory/peer-n1', '/ip4/10.0.0.1/udp/7600'],
    listenHost: '10.0.0.1',
    enforces: enforcement.enforces,
  });
});

test('a node that starts again says so, so that its leave of before cannot be shown to those who come later', () => {
  const { directory, log, name } = mesh.n1;
  const membership = { address: { host: '10.0.0.1', port: 7600 } } as never; // all that it is asked
  const recordSync = { mayWrite: true } as never; // the same
  const gossip = new GossipNetwork().join(name);
  const config = { listen: '10.0.0.1' } as never; // all that a record takes of it
  const starts = [1, 2].map(() => {
    const records = mesh.n1.openRecords();
    const peers = { gossip, records, recordSync, membership };
    const self = new SelfRecord({
      directory,
      config,
      peers,
      enforcement,
      freshness,
      ...clocks,
      log,
    });
    self.say();
    self.say();
    const [said] = records.snapshot().records();
    return said?.sequence;
  });
  expect(starts).toEqual([1, 2].map((boot) => ({ epoch: expect.any(Number), boot, n: 0 })));
});

test('what it enforces is said in a moment, once for all changes of that time, and not after its leave', () => {
  const { directory, log, name } = mesh.n1;
  const records = mesh.n1.openRecords();
  const membership = { address: { host: '10.0.0.1', port: 7600 } } as never; // all that it is asked
  const recordSync = { mayWrite: true } as never; // the same
  const gossip = new GossipNetwork().join(name);
  const config = { listen: '10.0.0.1' } as never; // all that a record takes of it
  const peers = { gossip, records, recordSync, membership };
  const moving = { ...enforcement };
  const self = new SelfRecord({
    directory,
    config,
    peers,
    freshness,
    log,
    ...clocks,
    enforcement: moving,
  });
  const said = () => [...records.snapshot().records()].map(({ sequence }) => sequence.n);
  for (let version = 2; version < 50; version += 1) {
    moving.enforces = { ...moving.enforces, version };
    self.saySoon();
  }
  const urgency: string[] = [];
  records.onChange((changes) => urgency.push(...changes.map(({ origin }) => origin)));
  clocks.clock.advance(1_999);
  expect(said()).toEqual([]);
  clocks.clock.advance(1);
  expect(said()).toEqual([0]);
  moving.enforces = { ...moving.enforces, version: 50 };
  self.saySoon();
  self.leave();
  clocks.clock.advance(10_000);
  expect(said()).toEqual([1]);
  expect(urgency).toEqual(['own', 'own-urgent']);
});

test('what a full disk kept from being said is said once there is room', () => {
  const { directory, log, name } = mesh.n1;
  const records = mesh.n1.openRecords();
  const membership = { address: { host: '10.0.0.1', port: 7600 } } as never; // all that it is asked
  const recordSync = { mayWrite: true } as never; // the same
  const gossip = new GossipNetwork().join(name);
  const config = { listen: '10.0.0.1' } as never; // all that a record takes of it
  const { put } = records;
  records.put = () => {
    throw new PlatformError('STATE_UNWRITABLE', 'state.db: disk is full');
  };
  const peers = { gossip, records, recordSync, membership };
  new SelfRecord({ directory, config, peers, enforcement, freshness, ...clocks, log }).say();
  expect(log.lines.at(-1)).toMatchObject({
    message: 'the other members cannot be told of this node',
  });
  records.put = put;
  clocks.clock.advance(10_000);
  expect(records.snapshot().count).toBe(1);
});
