import { expect, test } from 'bun:test';
import { Member, policy, TestMesh, until } from '../testing/index.ts';

test('a node of which a part fails to follow tells its peers what is in force all the same', async () => {
  const mesh = new TestMesh();
  const newer = mesh.publish(mesh.founded, [policy('a')]);
  const authority = await Member.of('n1', newer, mesh.n1.online);
  const between = await Member.of('n4', mesh.founded);
  const behind = await Member.of('n5', mesh.founded);
  between.store.onChange(() => {
    throw new Error('the disk is full');
  });
  between.gossip.link(behind.gossip);
  authority.gossip.link(between.gossip);
  await until('both follow', () => behind.version === 2 && between.version === 2);
  expect(between.counted('adopted')).toBe(1);
  for (const { sync } of [authority, between, behind]) sync.stop();
});
