import { expect, test } from 'bun:test';
import { SmallMesh } from './testing/index.ts';

test('members see each other alive, and are connected with each other', async () => {
  const mesh = new SmallMesh();
  const [a, b] = mesh.of(3);
  await mesh.pass(2_000);
  expect(a?.membership.members()).toEqual([
    expect.objectContaining({ name: 'n2', state: 'alive', roundTripMs: 2 }),
    expect.objectContaining({ name: 'n3', state: 'alive', incarnation: 65_536 }),
  ]);
  expect(
    a?.gossip
      .peers()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['n2', 'n3']);
  expect(b?.meter.value('selvage_members', { state: 'alive' })).toBe(2);
});

test('a member that is killed is dead at all others, and alive again when it is back', async () => {
  const mesh = new SmallMesh();
  const [a, , c] = mesh.of(3);
  await mesh.pass(2_000);
  const changes: string[] = [];
  a?.membership.onChange((names) => changes.push(...names));
  await c?.membership.stop();
  await c?.gossip.stop();
  await mesh.pass(15_000);
  expect(a?.membership.stateOf('n3' as never)).toBe('dead');
  expect(changes).toContain('n3');
  expect(a?.gossip.peers()).toHaveLength(1);
  const again = mesh.start(3, { boot: 2 });
  again.membership.learn([mesh.known(1), mesh.known(2)]);
  await mesh.pass(3_000);
  expect(a?.membership.stateOf('n3' as never)).toBe('alive');
  expect(again.gossip.peers()).toHaveLength(2);
  const said = a?.log.lines.filter(({ message }) => message.startsWith('member is '));
  expect(said?.map(({ level, message, fields }) => [level, message, fields])).toEqual([
    ['warn', 'member is dead', { member: 'n3' }],
    ['info', 'member is back', { member: 'n3' }],
  ]);
});

test('who leaves has left and is not dead, and its next start is believed', async () => {
  const mesh = new SmallMesh();
  const [a, b, c] = mesh.of(3);
  await mesh.pass(2_000);
  await c?.membership.leave();
  await c?.gossip.stop();
  await mesh.pass(1_000);
  for (const one of [a, b]) {
    expect(one?.membership.stateOf('n3' as never)).toBe('left');
    expect(one?.meter.value('selvage_members', { state: 'left' })).toBe(1);
  }
  await mesh.pass(20_000);
  expect(a?.membership.stateOf('n3' as never)).toBe('left');
  const again = mesh.start(3, { boot: 2 });
  again.membership.learn([mesh.known(1), mesh.known(2)]);
  await mesh.pass(2_000);
  for (const one of [a, b]) expect(one?.membership.stateOf('n3' as never)).toBe('alive');
  expect(a?.membership.members()[1]).toMatchObject({ incarnation: 2 * 65_536 });
});

test('who left before this node started has left, and is missed by nobody until it is back', async () => {
  const mesh = new SmallMesh();
  const a = mesh.start(1);
  a.membership.learn([{ ...mesh.known(2), isLeaving: true }, mesh.known(3)]);
  const stateOf = (name: string) => a.membership.stateOf(name as never); // a label
  await mesh.pass(20_000);
  expect(a.membership.members().map(({ state }) => state)).toEqual(['left', 'dead']);
  const counted = (state: string) => a.meter.value('selvage_members', { state });
  expect([counted('left'), counted('dead')]).toEqual([1, 1]);
  expect(a.log.lines.filter(({ message }) => message === 'member is dead')).toHaveLength(1);
  mesh.start(2, { boot: 2 }).membership.learn([mesh.known(1)]);
  a.membership.learn([{ ...mesh.known(2), boot: 2 }]);
  await mesh.pass(2_000);
  expect(stateOf('n2')).toBe('alive');
});

test('who was cut off while another left and came back hears of it from its first datagram', async () => {
  const mesh = new SmallMesh();
  const [a, , c] = mesh.of(3);
  await mesh.pass(2_000);
  await c?.membership.leave();
  await c?.gossip.stop();
  await mesh.pass(1_000);
  const isCut = (from: string, to: string) => (from.at(-1) === '1') !== (to.at(-1) === '1');
  mesh.datagrams.loses = (from, to) => isCut(from.host, to.host);
  mesh.gossip.cut(isCut);
  const again = mesh.start(3, { boot: 2 });
  again.membership.learn([mesh.known(1), mesh.known(2)]);
  await mesh.pass(30_000); // its news has been told as often as it is told
  expect(a?.membership.stateOf('n3' as never)).toBe('left');
  mesh.datagrams.loses = () => false;
  mesh.gossip.cut(() => false);
  await mesh.pass(15_000);
  expect(a?.membership.stateOf('n3' as never)).toBe('alive');
});

test('connections over which a member does not answer are closed', async () => {
  const mesh = new SmallMesh();
  const [a, , c] = mesh.of(3);
  await mesh.pass(2_000);
  const closed: string[] = [];
  a?.gossip.onPeers(({ peer, connected }) => connected || closed.push(peer.name));
  c?.gossip.serve('/selvage/probe/1', () => new Promise(() => undefined));
  mesh.datagrams.loses = (from, to) => from.host === '10.0.0.3' || to.host === '10.0.0.3';
  await mesh.pass(15_000);
  expect(a?.membership.stateOf('n3' as never)).toBe('dead');
  expect(closed).toContain('n3');
});

test('a member whose datagrams alone are lost is asked over a stream, and lives', async () => {
  const mesh = new SmallMesh();
  const [a] = mesh.of(3);
  await mesh.pass(1_000);
  mesh.datagrams.loses = (from, to) => from.host === '10.0.0.3' || to.host === '10.0.0.3';
  const seen = new Set<string | undefined>();
  for (let i = 0; i < 60; i++) {
    await mesh.pass(500);
    seen.add(a?.membership.stateOf('n3' as never));
  }
  expect(seen.has('dead')).toBe(false);
});

test('a member whose datagrams alone are lost is alive again when it is back and connects', async () => {
  const mesh = new SmallMesh();
  const [a, b, c] = mesh.of(3);
  await mesh.pass(2_000);
  await c?.membership.stop();
  await c?.gossip.stop();
  await mesh.pass(15_000);
  mesh.datagrams.loses = (from, to) => from.host === '10.0.0.3' || to.host === '10.0.0.3';
  mesh.start(3, { boot: 2 }).membership.learn([mesh.known(1), mesh.known(2)]);
  await mesh.pass(5_000);
  for (const one of [a, b]) expect(one?.membership.stateOf('n3' as never)).toBe('alive');
});

test('a member that is heard and hears no datagrams is not held dead', async () => {
  const mesh = new SmallMesh();
  const [a, b] = mesh.of(3);
  await mesh.pass(2_000);
  mesh.gossip.cut((one, other) => [one, other].some((name) => name.includes('n3')));
  mesh.datagrams.loses = (from, to) => from.host === '10.0.0.3' || to.host === '10.0.0.3';
  await mesh.pass(15_000);
  expect(a?.membership.stateOf('n3' as never)).toBe('dead');
  mesh.gossip.cut(() => false);
  mesh.datagrams.loses = (_, to) => to.host === '10.0.0.3'; // drowned in others' datagrams
  await mesh.pass(5_000);
  for (const one of [a, b]) expect(one?.membership.stateOf('n3' as never)).toBe('alive');
});

test('a node that no other knows yet finds them by their streams, and asks less often', async () => {
  const mesh = new SmallMesh();
  mesh.of(40);
  const stranger = mesh.start(41);
  let connections = 0;
  stranger.gossip.onPeers(({ connected }) => {
    if (connected) connections += 1;
  });
  stranger.membership.learn(Array.from({ length: 40 }, (_, i) => mesh.known(i + 1)));
  await mesh.pass(60_000);
  expect(stranger.meter.value('selvage_members', { state: 'dead' })).toBe(0);
  expect(connections).toBeLessThan(60); // when it is well it asks 240 times a minute
});

test('a partition is noticed on both sides, and after it they find each other', async () => {
  const mesh = new SmallMesh();
  const all = mesh.of(5);
  await mesh.pass(2_000);
  const side = (host: string) => Number(host.at(-1)) <= 2;
  mesh.datagrams.loses = (from, to) => side(from.host) !== side(to.host);
  mesh.gossip.cut((from, to) => side(from.slice(-1)) !== side(to.slice(-1)));
  await mesh.pass(30_000);
  const alive = () =>
    all.map(
      ({ membership }) => membership.members().filter(({ state }) => state === 'alive').length,
    );
  expect(alive()).toEqual([1, 1, 2, 2, 2]);
  mesh.datagrams.loses = () => false;
  mesh.gossip.cut(() => false);
  await mesh.pass(15_000);
  expect(alive()).toEqual([4, 4, 4, 4, 4]);
  expect(all.map(({ gossip }) => gossip.peers().length)).toEqual([4, 4, 4, 4, 4]);
});

test('after a partition whose sides have all the connections that they want, some cross it again', async () => {
  const mesh = new SmallMesh();
  const all = mesh.of(26);
  await mesh.pass(1_000);
  const side = (host: string) => Number(/\d+$/.exec(host)?.[0]) <= 13;
  mesh.datagrams.loses = (from, to) => side(from.host) !== side(to.host);
  mesh.gossip.cut((from, to) => side(from) !== side(to));
  await mesh.pass(30_000);
  mesh.datagrams.loses = () => false;
  mesh.gossip.cut(() => false);
  await mesh.pass(20_000);
  const crossing = all.flatMap(({ gossip, name }) =>
    gossip.peers().filter((peer) => side(peer.name) !== side(name)),
  );
  expect(crossing.length).toBeGreaterThanOrEqual(26);
  expect(Math.max(...all.map(({ gossip }) => gossip.peers().length))).toBeLessThanOrEqual(25);
});

test('a whole mesh is learned at once without telling of each, and again without a change', async () => {
  const mesh = new SmallMesh();
  const one = mesh.start(1);
  let told = 0;
  one.membership.onChange(() => {
    told += 1;
  });
  const known = Array.from({ length: 500 }, (_, i) => mesh.known(i % 250));
  one.membership.learn(known);
  one.membership.learn(known);
  expect(told).toBeLessThanOrEqual(1);
  expect(one.membership.members()).toHaveLength(249);
  expect(one.meter.value('selvage_members', { state: 'alive' })).toBe(249);
});

test('under one name the newest key is the member; who moved is the same, and who is forgotten is gone', async () => {
  const mesh = new SmallMesh();
  const [a] = mesh.of(2);
  await mesh.pass(1_000);
  const moved = {
    ...mesh.known(2),
    addresses: ['/ip4/10.0.9.9/tcp/7600', '/ip4/10.0.9.9/udp/7601'],
  };
  const [older, newer] = [mesh.known(2), { ...mesh.known(2, 2), peerId: 'peer-other' }];
  a?.membership.learn([moved]);
  expect(a?.membership.members()).toMatchObject([{ name: 'n2', addresses: moved.addresses }]);
  a?.membership.learn([newer]);
  a?.membership.learn([older]);
  expect(a?.membership.members()).toMatchObject([{ epoch: 2, peerId: 'peer-other' }]);
  a?.membership.learn([{ ...older, name: 'n3' as never, addresses: ['/dns4/n3/tcp/7600'] }]);
  a?.membership.forget('n2' as never);
  expect(a?.membership.members()).toEqual([]);
  expect(a?.membership.stateOf('n2' as never)).toBeUndefined();
});

test('who leaves takes leave of all peers and dials nobody', async () => {
  const mesh = new SmallMesh();
  const [a, b] = mesh.of(2);
  await mesh.pass(1_000);
  await a?.membership.leave();
  expect(b?.gossip.peers()).toEqual([]);
  const { sent } = mesh.datagrams;
  a?.membership.learn([mesh.known(3)]);
  await b?.membership.stop();
  await mesh.pass(10_000);
  expect(a?.gossip.peers()).toEqual([]);
  expect(mesh.datagrams.sent).toBe(sent);
});
