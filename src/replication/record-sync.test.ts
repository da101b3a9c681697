import { expect, test } from 'bun:test';
import type { Gossip, Log } from '../ports/index.ts';
import {
  eventually,
  FakeClock,
  GossipNetwork,
  recordingLog,
  recordingMeter,
  seededRandom,
} from '../ports/testing/index.ts';
import { RECORD_TOPIC, RecordSync } from './record-sync.ts';
import {
  decodeRequest,
  encodeDigest,
  encodeHeads,
  encodeRecords,
  SYNC_PROTOCOL,
} from './sync-messages.ts';
import { Member, said, TestAuthority } from './testing/members.ts';

function mesh() {
  const clock = new FakeClock();
  const authority = new TestAuthority();
  const network = new GossipNetwork();
  const start = (name: string) => {
    const member = new Member(name, { clock, authority });
    const gossip = network.join(name);
    const log = recordingLog();
    const sync = run(member, gossip, log);
    return { member, gossip, sync, log, records: member.records };
  };
  const run = (member: Member, gossip: Gossip, log: Log): RecordSync => {
    const sync = new RecordSync({
      records: member.records,
      gossip,
      clock,
      random: seededRandom(1),
      log,
      meter: member.meter,
    });
    sync.start();
    return sync;
  };
  return { clock, network, authority, start };
}

const same = (...nodes: { member: Member }[]) =>
  eventually('all have the same digest', () => {
    const digests = nodes.map(({ member }) => member.records.digest());
    return new Set(digests).size === 1;
  });

test('a change spreads over members that are not all connected to each other', async () => {
  const { start } = mesh();
  const [a, b, c] = [start('a'), start('b'), start('c')];
  await a.gossip.dial(b.gossip.self, []);
  await b.gossip.dial(c.gossip.self, []);
  a.records.put('node', 'self', 'a');
  c.records.put('node', 'self', 'c');
  await same(a, b, c);
  expect(said(b.records, 'node')).toEqual({ 'a/self': 'a', 'c/self': 'c' });
  a.records.withdraw('node', 'self');
  await eventually('c heard of it', () => said(c.records, 'node')['a/self'] === undefined);
});

test('a newcomer fetches everything, over many pages, from whom it meets first', async () => {
  const { start } = mesh();
  const [a, b, c] = [start('a'), start('b'), start('c')];
  for (let i = 0; i < 2_500; i++) a.records.put('endpoint', `${i}`, { port: i });
  for (let i = 0; i < 30; i++) b.records.put('endpoint', `${i}`, 'x'.repeat(60_000));
  await a.gossip.dial(b.gossip.self, []);
  await same(a, b);
  await c.gossip.dial(b.gossip.self, []);
  await same(a, b, c);
  expect(c.records.heads()).toHaveLength(2_530);
});

test('what gossip lost is found by comparison within seconds', async () => {
  const { start, network, clock } = mesh();
  const [a, b] = [start('a'), start('b')];
  await a.gossip.dial(b.gossip.self, []);
  await same(a, b);
  clock.advance(2_000); // past the comparison that follows each new connection
  network.loses = () => true;
  for (const round of [1, 2, 3]) {
    a.records.put('node', 'self', `a${round}`);
    b.records.put('node', 'self', `b${round}`);
    expect(a.records.digest()).not.toBe(b.records.digest());
    clock.advance(3_000);
    await same(a, b);
  }
});

test('after it was stopped it neither asks nor tells', async () => {
  const { start, clock } = mesh();
  const [a, b] = [start('a'), start('b')];
  await a.gossip.dial(b.gossip.self, []);
  await same(a, b);
  a.sync.stop();
  a.records.put('node', 'self', 'a');
  b.sync.stop();
  clock.advance(60_000);
  expect(said(b.records, 'node')).toEqual({});
});

test('a disk that fails while records are kept up is logged, and tried again', () => {
  const { start, clock } = mesh();
  const a = start('a');
  let failures = 2;
  a.records.maintain = () => {
    if (failures-- > 0) throw new Error('disk full');
  };
  clock.advance(3_000);
  expect(failures).toBe(-1);
});

test('forged records are rejected on the topic, late ones only ignored', async () => {
  const { authority, clock, network } = mesh();
  const member = new Member('a', { clock, authority });
  let receive: Parameters<Gossip['subscribe']>[1] | undefined;
  const gossip = network.join('a');
  gossip.subscribe = (topic, to) => {
    expect(topic).toBe(RECORD_TOPIC);
    receive = to;
  };
  new RecordSync({
    records: member.records,
    gossip,
    clock,
    random: seededRandom(1),
    log: recordingLog(),
    meter: recordingMeter(),
  }).start();
  const b = new Member('b', { clock, authority });
  const good = b.forge();
  expect(receive?.(good, 'p')).toBe('accept');
  expect(receive?.(good, 'p')).toBe('ignore');
  expect(receive?.(good.slice(1), 'p')).toBe('reject');
  expect(receive?.(b.forge({ expiresAt: clock.now() }), 'p')).toBe('ignore');
});

test('a peer that answers without end is left after a bounded number of questions', async () => {
  const { start, network } = mesh();
  const liar = network.join('liar');
  const asked: string[] = [];
  liar.serve(SYNC_PROTOCOL, async (bytes) => {
    const request = decodeRequest(bytes);
    if (!request.ok) throw new Error(request.error);
    asked.push(request.value.ask);
    if (request.value.ask === 'digest') return encodeDigest('another');
    if (request.value.ask === 'records') return encodeRecords([]);
    const id = `x/node/${String(asked.length).padStart(9, '0')}`;
    const sequence = { epoch: 1, boot: 1, n: 1 };
    return encodeHeads({ heads: [{ id, sequence, hash: 'ab' }], more: true });
  });
  const honest = start('a');
  await honest.gossip.dial(liar.self, []);
  const ended = () =>
    honest.member.meter.value('selvage_record_comparisons_total', { result: 'nothing-new' });
  await eventually('the comparison ended', () => ended() === 1);
  expect(asked.filter((ask) => ask === 'heads')).toHaveLength(32);
  expect(asked.filter((ask) => ask === 'records')).toHaveLength(32);
});

test('a peer that answers nonsense costs one question, and the next peer is asked', async () => {
  const { start, network } = mesh();
  const liar = network.join('liar');
  liar.serve(SYNC_PROTOCOL, async () => new Uint8Array([0xff]));
  const [a, b] = [start('a'), start('b')];
  b.records.put('node', 'self', 'b');
  await a.gossip.dial(liar.self, []);
  await a.gossip.dial(b.gossip.self, []);
  await same(a, b);
  const failed = a.member.meter.value('selvage_record_comparisons_total', { result: 'failed' });
  expect(failed).toBe(1);
});

test('a peer that refuses to be compared with is told of once, by its name and without a stack', async () => {
  const { start, network, clock } = mesh();
  const refuser = network.join('refuser');
  refuser.serve(SYNC_PROTOCOL, async () => {
    throw new Error('go away');
  });
  const a = start('a');
  const failed = () =>
    a.member.meter.value('selvage_record_comparisons_total', { result: 'failed' }) ?? 0;
  await a.gossip.dial(refuser.self, []);
  for (const times of [1, 2, 3, 4]) {
    await eventually(`failure ${times}`, () => {
      clock.advance(500);
      return failed() >= times;
    });
  }
  expect(a.log.lines.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      message: 'comparison of records failed',
      fields: { peer: 'refuser', reason: expect.stringContaining('go away') },
    },
  ]);
});
