import { expect, test } from 'bun:test';
import { enacted, eventually, Member, person, signers, TestMesh } from '../testing/index.ts';

/** Each governor hands over to the next one, so that no key counts for long. */
test('a node that was away while governors changed forty times follows them all', async () => {
  const mesh = new TestMesh();
  let governor = person('governor', mesh.governor);
  let files = mesh.founded;
  for (let turn = 1; turn <= 40; turn++) {
    const next = person(`g${turn}`);
    const governors = signers(1, next);
    files = enacted(files, { governors }, [governor, next], mesh.n1.online);
    governor = next;
  }
  const authority = await Member.of('n1', files, mesh.n1.online);
  const away = await Member.of('n4', mesh.founded);
  authority.gossip.link(away.gossip);
  await eventually([authority, away], 'it follows', () => away.store.current().rootVersion === 41);
  expect(away.store.current().digest).toBe(authority.store.current().digest);
  for (const { sync } of [authority, away]) sync.stop();
});
