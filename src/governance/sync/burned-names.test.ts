import { afterEach, expect, test } from 'bun:test';
import { MetaFile } from '@tufjs/models';
import { MAX_VERSION } from '../limits.ts';
import {
  eventually,
  GovernedMesh,
  LyingPeer,
  Members,
  orders,
  payments,
  policy,
  publishedByLiar,
  signers,
  until,
} from '../testing/index.ts';

const mesh = new GovernedMesh();
const [n1, n2, n3] = mesh.authorities;
const takenBack = mesh.publish(mesh.founded, {
  delegations: [{ namespace: payments, to: undefined }],
  by: mesh.governors,
});
const held = mesh.publish(takenBack, {
  delegations: [{ namespace: payments, to: signers(2, ...mesh.payments) }],
  by: [...mesh.governors, ...mesh.payments],
});
/** Of before the namespace was handed over again, under any number, it only names a list that never was. */
const named = {
  'ns.payments.json': new MetaFile({
    version: MAX_VERSION,
    length: 1,
    hashes: { sha256: '0'.repeat(64) },
  }),
};
const poison = publishedByLiar(takenBack, n3.online, { named, version: 500 });

const members = new Members(held);
afterEach(() => members.stop());

test('a stolen key that names lists which never were keeps nobody from merging what others published', async () => {
  const one = await members.start('n1', held, n1.online);
  const other = await members.start('n2', held, n2.online);
  const both = [one, other];
  const thief = new LyingPeer('n3');
  thief.hold(poison);
  for (const { gossip } of both) thief.gossip.link(gossip);
  await until('both know it', () =>
    both.every(({ sync }) => sync.conflicts().some(({ authority }) => authority === 'n3')),
  );
  const text = 'permit(principal, action, resource);';
  await one.sync.publish(
    mesh.change(held, { put: [policy('a', text, payments)], by: mesh.payments }),
  );
  await other.sync.publish(
    mesh.change(held, { put: [policy('b', text, orders)], by: mesh.orders }),
  );
  one.gossip.link(other.gossip);
  await eventually(both, 'both have both', () =>
    both.every(({ store }) => store.current().policies.length === 2),
  );
  expect(one.store.current().digest).toBe(other.store.current().digest);
});
