import { afterEach, expect, test } from 'bun:test';
import { GovernanceError } from '../errors.ts';
import { openRepository, type TrustFiles } from '../repository/index.ts';
import {
  eventually,
  GovernedMesh,
  LyingPeer,
  type Member,
  Members,
  makeAuthority,
  opened,
  orders,
  payments,
  policy,
  publishedByLiar,
  type TestChange,
  until,
} from '../testing/index.ts';
import { encodeRequest, TRUST_PROTOCOL } from './messages.ts';
import { standingOf } from './standing.ts';

/** Several authorities without a master: who publishes at once, apart, or falsely. */
const mesh = new GovernedMesh();
const [n1, n2, n3] = mesh.authorities;
const { founded, governors } = mesh;
const rule = (by: string): string => `permit(principal, action, resource); // ${by}`;

const members = new Members(founded);
afterEach(() => members.stop());

const timestampOf = ({ store }: Member): number => standingOf(store.repository()).timestamp;
const namesOf = ({ store }: Member): string[] =>
  store
    .current()
    .policies.map(({ name }) => name)
    .toSorted();

async function published(at: Member, files: TrustFiles, change: TestChange): Promise<string> {
  try {
    return (await at.sync.publish(mesh.change(files, change))).by;
  } catch (error) {
    if (error instanceof GovernanceError) return error.code;
    throw error;
  }
}

test('3 of 5 governors, proposals at once, a lying authority and a node cut off: one signed set everywhere', async () => {
  const [first, second] = [
    await members.start('n1', founded, n1.online),
    await members.start('n2', founded, n2.online),
  ];
  const [one, other, cutOff] = [
    await members.start('n4'),
    await members.start('n5'),
    await members.start('n6'),
  ];
  const thief = new LyingPeer('n3');
  first.gossip.link(one.gossip);
  second.gossip.link(other.gossip);
  thief.gossip.link(one.gossip);
  thief.gossip.link(other.gossip);

  // The two halves do not reach each other: each publishes a list of its own, and both one of orders.
  const changes: readonly (readonly [Member, TestChange])[] = [
    [one, { put: [policy('mesh', rule('governors'))], by: governors.slice(1, 4) }],
    [other, { put: [policy('team', rule('payments'), payments)], by: mesh.payments.slice(1) }],
    [one, { put: [policy('left', rule('orders'), orders)], by: mesh.orders.slice(1) }],
    [other, { put: [policy('right', rule('orders'), orders)], by: mesh.orders.slice(0, 2) }],
  ];
  for (const [at, change] of changes) {
    expect(['n1', 'n2']).toContain(await published(at, at.store.files(), change));
  }
  thief.hold(publishedByLiar(publishedByLiar(founded, n3.online, {}), n3.online, { version: 40 }));
  await thief.boast();
  one.gossip.link(other.gossip);

  const connected = [first, second, one, other];
  const agree = (all: readonly Member[]) =>
    new Set(all.map(({ store }) => store.current().digest)).size === 1 &&
    all.every((at) => ['mesh', 'team'].every((name) => namesOf(at).includes(name)));
  await eventually(connected, 'all that are connected agree', () => agree(connected));
  cutOff.gossip.link(other.gossip);
  const all = [...connected, cutOff];
  await eventually(all, 'the node that was cut off agrees', () => agree(all));

  const [kept] = namesOf(first).filter((name) => name === 'left' || name === 'right');
  expect(namesOf(first)).toEqual(['mesh', 'team', kept ?? ''].toSorted());
  const loser = kept === 'left' ? second : first;
  expect(loser.sync.conflicts().map(({ kind }) => kind)).toContain('same-version');
  for (const { store } of all) expect(openRepository(store.files()).ok).toBe(true);
});

test('forks cross nodes that can follow neither side, until they meet an authority', async () => {
  const left = mesh.publish(founded, {
    put: [policy('a', rule('p'), payments)],
    by: mesh.payments,
  });
  let right = founded;
  for (const name of ['b', 'c', 'd']) {
    const change = { put: [policy(name, rule('o'), orders)], by: mesh.orders };
    right = mesh.publish(right, change, n2.online);
  }
  const authority = await members.start('n1', left, n1.online);
  const line = [
    authority,
    ...(await Promise.all(['n4', 'n5', 'n6'].map((name) => members.start(name, left)))),
    ...(await Promise.all(['n7', 'n8', 'n9'].map((name) => members.start(name, right)))),
  ];
  line.reduce((one, next) => {
    one.gossip.link(next.gossip);
    return next;
  });
  await eventually(line, 'all have all lists', () =>
    line.every((one) => namesOf(one).join('') === 'abcd'),
  );
});

test('two authorities that merge at once sign the same lists, and nobody has to merge again', async () => {
  const left = mesh.publish(founded, {
    put: [policy('a', rule('p'), payments)],
    by: mesh.payments,
  });
  const right = mesh.publish(
    founded,
    { put: [policy('b', rule('o'), orders)], by: mesh.orders },
    n2.online,
  );
  // Neither sees the other as a peer, so each thinks that its turn is first.
  const [one, other] = [
    await members.start('n1', left, n1.online),
    await members.start('n2', right, n2.online),
  ];
  const between = await members.start('n4', left);
  const beside = await members.start('n5', right);
  one.gossip.link(between.gossip);
  between.gossip.link(beside.gossip);
  beside.gossip.link(other.gossip);
  const all = [one, between, beside, other];
  await eventually(all, 'all have both', () => all.every((at) => namesOf(at).join('') === 'ab'));
  const before = all.map(timestampOf);
  for (const { clock } of all) clock.advance(300_000);
  expect(Math.max(...all.map(timestampOf)) - Math.max(...before)).toBeLessThanOrEqual(1);
});

test('two roots of one version: neither half follows the other, both say so, and the next root heals', async () => {
  const rooted = (name: string) =>
    mesh.publish(founded, {
      put: [{ kind: 'Authority', authority: makeAuthority(name).target }],
      by: governors,
    });
  const [left, right] = [rooted('n8'), rooted('n9')];
  const [one, other] = [
    await members.start('n1', left, n1.online),
    await members.start('n2', right, n2.online),
  ];
  one.gossip.link(other.gossip);
  const both = [one, other];
  const isTold = ({ sync }: Member) => sync.conflicts().some(({ kind }) => kind === 'two-roots');
  await eventually(both, 'both say so', () => both.every(isTold));
  expect(one.store.files()).toEqual(left);
  expect(other.store.files()).toEqual(right);
  expect(one.sync.conflicts()[0]?.remedy).toContain('governors');
  const next = { remove: ['authorities/n8.json'], by: governors.slice(0, 3) };
  expect(await published(one, left, next)).toBe('n1');
  await eventually(both, 'both have the next root', () =>
    both.every(({ store }) => store.current().rootVersion === 4),
  );
});

test('an authority that comes back when the timestamp is long past its date signs again for all', async () => {
  const old = new GovernedMesh(mesh.now - 30 * 86_400_000);
  const all = [
    await members.start('n4', old.founded),
    await members.start('n5', old.founded),
    await members.start('n1', old.founded, old.authorities[0].online),
  ] as const;
  const [one, other, authority] = all;
  one.gossip.link(other.gossip);
  other.gossip.link(authority.gossip);
  await until('all have a timestamp of today', () =>
    all.every(({ store }) => Date.parse(store.repository().timestamp.signed.expires) > Date.now()),
  );
  expect(one.store.current().revision).toBe(3); // the snapshot was past its date as well
});

test('news goes from hop to hop without a wait: no timer is needed, and each peer is asked once', async () => {
  const authority = await members.start('n1', founded, n1.online);
  const line = [
    authority,
    ...(await Promise.all(['n4', 'n5', 'n6', 'n7'].map((name) => members.start(name)))),
  ];
  line.reduce((one, next) => {
    one.gossip.link(next.gossip);
    return next;
  });
  const asked = () => line.map(({ gossip }) => gossip.asked.length);
  await until('all have met', () => asked().join() === '1,2,2,2,1');
  const change = { put: [policy('news', rule('payments'), payments)], by: mesh.payments };
  await published(authority, founded, change);
  await until('the last one has it', () => line.every((at) => namesOf(at).includes('news')));
  expect(asked()).toEqual([1, 3, 3, 3, 2]);
});

test('a list that wins is not lost by a node that follows higher numbers over another one', async () => {
  const twins = ['a', 'b'].map((name) =>
    mesh.publish(founded, { put: [policy(name, rule(name), payments)], by: mesh.payments }),
  );
  const hashOf = (files: TrustFiles): string =>
    standingOf(opened(files)).lists.get('ns.payments')?.sha256 ?? '';
  const [wins = founded, loses = founded] = twins.toSorted((one, other) =>
    hashOf(one) < hashOf(other) ? -1 : 1,
  );
  const higher = mesh.publish(loses, { put: [policy('c', rule('o'), orders)], by: mesh.orders });
  const last = await members.start('n4', wins); // nobody else has it
  const peer = new LyingPeer('n5');
  peer.hold(higher);
  peer.gossip.link(last.gossip);
  await until('it followed', () => namesOf(last).includes('c'));
  const authority = await members.start('n1', higher, n1.online);
  authority.gossip.link(last.gossip);
  await eventually([authority, last], 'both have the list that wins', () =>
    [authority, last].every(({ store }) => {
      const { lists } = standingOf(store.repository());
      return (
        lists.get('ns.payments')?.sha256 === hashOf(wins) && lists.get('ns.orders')?.version === 2
      );
    }),
  );
});

test('whoever is asked by a node that has more asks back, without any announcement', async () => {
  const node = await members.start('n4');
  const newer = mesh.publish(founded, { put: [policy('a', rule('o'), orders)], by: mesh.orders });
  const peer = new LyingPeer('n5');
  peer.gossip.link(node.gossip);
  await until('asked on meeting, in vain', () => node.counted('unreachable') === 1);
  peer.hold(newer);
  const question = { want: 'metadata', have: standingOf(opened(newer)), forks: [] } as const;
  await peer.gossip.request(node.gossip.self, TRUST_PROTOCOL, encodeRequest(question));
  await until('it followed', () => namesOf(node).includes('a'));
});
