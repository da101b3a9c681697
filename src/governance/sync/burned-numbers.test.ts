import { afterEach, expect, test } from 'bun:test';
import type { GovernanceError } from '../errors.ts';
import { MAX_VERSION } from '../limits.ts';
import type { TrustFiles } from '../repository/index.ts';
import {
  eventually,
  GovernedMesh,
  LyingPeer,
  type Member,
  Members,
  orders,
  payments,
  policy,
  publishedByLiar,
  until,
} from '../testing/index.ts';
import { standingOf } from './standing.ts';

/** An online key that was stolen has used all numbers up; the governors take its authority out. */
const mesh = new GovernedMesh();
const [n1, n2, n3] = mesh.authorities;
const held = mesh.founded;
const burnt = publishedByLiar(held, n3.online, { version: MAX_VERSION });
const text = 'permit(principal, action, resource);';

const members = new Members(held);
afterEach(() => members.stop());

const standing = ({ store }: Member) => standingOf(store.repository());
const withoutThief = (files: TrustFiles) =>
  mesh.change(files, { remove: ['authorities/n3.json'], by: mesh.governors.slice(2) });

/** The thief says it again to everybody, in every way that it can. */
async function goesOn(thief: LyingPeer, all: readonly Member[]): Promise<void> {
  thief.hold(burnt);
  for (const { gossip } of all) {
    thief.gossip.cut(gossip);
    thief.gossip.link(gossip);
  }
  await thief.boast(99);
  for (const { clock } of all) clock.advance(40_000);
}

for (const [what, atAuthority] of [
  ['holds the burnt numbers', burnt],
  ['has never seen the burnt numbers', held],
] as const) {
  test(`numbers start anew everywhere when the authority that publishes ${what}`, async () => {
    const authority = await members.start('n1', atAuthority, n1.online);
    const all = [
      authority,
      await members.start('n4', burnt),
      await members.start('n5', held),
      await members.start('n6', burnt),
    ] as const;
    const [, one, other, cutOff] = all;
    authority.gossip.link(one.gossip);
    one.gossip.link(other.gossip);
    await authority.sync.publish(withoutThief(authority.store.files()));
    const thief = new LyingPeer('n3');
    await goesOn(thief, all);
    cutOff.gossip.link(other.gossip);
    const { digest } = authority.store.current();
    const isHealed = (one: Member) =>
      one.store.current().digest === digest && standing(one).timestamp < 10;
    await eventually(all, 'all follow the new root and its numbers', () => all.every(isHealed));
    await goesOn(thief, all);
    expect(all.every(isHealed)).toBe(true);

    const next = { put: [policy('next', text, orders)], by: mesh.orders };
    const report = await authority.sync.publish(mesh.change(authority.store.files(), next));
    await eventually(all, 'all follow the next change', () =>
      all.every(({ store }) => store.current().digest === report.digest),
    );
  });
}

test('who took the burnt numbers says whose they are, and what to do when nothing goes on', async () => {
  const authority = await members.start('n1', held, n1.online);
  const thief = new LyingPeer('n3');
  thief.hold(burnt);
  thief.gossip.link(authority.gossip);
  await until('it followed', () => standing(authority).timestamp === MAX_VERSION);
  expect(authority.sync.conflicts()).toMatchObject([{ kind: 'fast-forward', authority: 'n3' }]);
  const change = mesh.change(authority.store.files(), {
    put: [policy('next', text, orders)],
    by: mesh.orders,
  });
  const refused = authority.sync.publish(change);
  expect(await refused.catch((error: GovernanceError) => error.code)).toBe('VERSIONS_EXHAUSTED');
});

test('what another authority published meanwhile, cut off and under the old root, is not lost', async () => {
  const authority = await members.start('n1', burnt, n1.online);
  const second = await members.start('n2', held, n2.online);
  const node = await members.start('n4', burnt);
  await second.sync.publish(
    mesh.change(held, { put: [policy('apart', text, payments)], by: mesh.payments }),
  );
  authority.gossip.link(node.gossip);
  await authority.sync.publish(withoutThief(burnt));
  second.gossip.link(node.gossip);
  const all = [authority, second, node];
  await eventually(all, 'all have the new root, and the list that was published apart', () =>
    all.every(({ store }) => {
      const { rootVersion, policies } = store.current();
      return rootVersion === 3 && policies.some(({ name }) => name === 'apart');
    }),
  );
  expect(Math.max(...all.map((one) => standing(one).timestamp))).toBeLessThan(10);
});

test('a key that was taken out and came back leaves nobody behind who was away meanwhile', async () => {
  const authority = await members.start('n1', burnt, n1.online);
  const away = await members.start('n4', burnt);
  await authority.sync.publish(withoutThief(burnt));
  const back = { put: [{ kind: 'Authority', authority: n3.target } as const] };
  const again = mesh.change(authority.store.files(), { ...back, by: mesh.governors.slice(2) });
  const { digest } = await authority.sync.publish(again);
  authority.gossip.link(away.gossip);
  await eventually([authority, away], 'it follows', () => away.store.current().digest === digest);
  expect(standing(away).timestamp).toBeLessThan(10);
});
