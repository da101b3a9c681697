import { afterEach, beforeEach, expect, test } from 'bun:test';
import { eventually, GovernedMesh, Member, policy } from '../testing/index.ts';

/** The authorities n1, n2 and n3, whose turns come in this order, and n4, which is connected with none of them. */
let mesh: GovernedMesh;
let authorities: Member[];
let n4: Member;
beforeEach(async () => {
  mesh = new GovernedMesh();
  const names = ['n1', 'n2', 'n3'];
  authorities = await Promise.all(
    mesh.authorities.map(({ online }, i) => Member.of(names[i] ?? '', mesh.founded, online)),
  );
  n4 = await Member.of('n4', mesh.founded);
  n4.gossip.reachable.push(...authorities.map(({ gossip }) => gossip));
});
afterEach(() => {
  for (const { sync } of [...authorities, n4]) sync.stop();
});

const change = (name: string) =>
  mesh.change(n4.store.files(), {
    put: [policy(name)],
    by: mesh.governors,
  });

test('a change is taken to the first authority, which is dialled for it', async () => {
  expect(await n4.sync.publish(change('a'))).toMatchObject({ by: 'n1' });
  expect(n4.gossip.peers().map(({ name }) => name)).toEqual(['n1']);
});

test('who is connected does not come before who is first, and who cannot be reached is passed over', async () => {
  const [n1, n2, n3] = authorities;
  if (!n1 || !n2 || !n3) throw new Error('three authorities');
  n4.gossip.link(n3.gossip);
  expect(await n4.sync.publish(change('a'))).toMatchObject({ by: 'n1' });
  n4.gossip.cut(n1.gossip);
  n4.gossip.reachable.shift();
  n2.gossip.link(n3.gossip);
  await eventually([n2, n3, n4], 'n2 has it', () => n2.version === n4.version);
  expect(await n4.sync.publish(change('b'))).toMatchObject({ by: 'n2' });
});

test('when none can be reached it is said of each why, and which to start', async () => {
  n4.gossip.reachable.splice(0);
  const publishing = n4.sync.publish(change('a'));
  await expect(publishing).rejects.toMatchObject({
    code: 'NO_AUTHORITY_REACHABLE',
    message:
      'no authority published the change (n1: peer-n1 cannot be reached; n2: peer-n2 cannot be reached; n3: peer-n3 cannot be reached): start n1 or n2 or n3, or let this node reach one of them',
  });
});
