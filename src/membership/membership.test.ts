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
  const again = mesh.start(3, { boot: 2 });
  again.membership.learn([mesh.known(1), mesh.known(2)]);
  await mesh.pass(3_000);
  expect(a?.membership.stateOf('n3' as never)).toBe('alive');
  expect(again.gossip.peers()).toHaveLength(2);
});
