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
