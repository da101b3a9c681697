import { afterEach, expect, test } from 'bun:test';
import { heldTrust } from '../change/index.ts';
import {
  type DelegatedRole,
  fileOf,
  metaFileOf,
  type TrustFiles,
  type TrustSigner,
} from '../repository/index.ts';
import {
  eventually,
  GovernedMesh,
  LyingPeer,
  listSignedBy,
  type Member,
  Members,
  offer,
  opened,
  orders,
  payments,
  policy,
  publishedByLiar,
  until,
} from '../testing/index.ts';
import { encodePublishAnswer, PUBLISH_PROTOCOL } from './messages.ts';
import { standingOf } from './standing.ts';

/** What the online key of an authority lets a thief try, in a mesh with two authorities that are honest. */
const mesh = new GovernedMesh();
const [n1, n2, n3] = mesh.authorities;
const text = 'permit(principal, action, resource); //';
const older = mesh.founded;
const held = mesh.publish(older, {
  put: [policy('one', `${text} in force`, payments)],
  by: mesh.payments,
});
const role: DelegatedRole = 'ns.payments';

const members = new Members(held);
afterEach(() => members.stop());

/** The authorities at one end, the nodes n4 and n5 in a line behind them; the thief speaks to n5 alone. */
async function meshWith(files: TrustFiles, atTheEnd = files) {
  const all = [
    await members.start('n1', files, n1.online),
    await members.start('n2', files, n2.online),
    await members.start('n4', files),
    await members.start('n5', atTheEnd),
  ] as const;
  all.reduce((one, next) => {
    one.gossip.link(next.gossip);
    return next;
  });
  const thief = new LyingPeer('n3');
  thief.gossip.link(all[3].gossip);
  return { all, thief };
}

const rulesOf = ({ store }: Member): string => store.current().digest;
const timestampOf = ({ store }: Member): number => standingOf(store.repository()).timestamp;

/** As often as somebody says it: the thief goes on, each time above what is in force. */
function liesAbove(files: TrustFiles, steps: number, lists: TrustFiles): TrustFiles {
  let above = files;
  for (let step = 0; step < steps; step++) {
    above = publishedByLiar(above, n3.online, {
      targets: lists.targets,
      delegated: lists.delegated,
      contents: [...lists.contents.values()],
    });
  }
  return above;
}

test('older lists under newer numbers win over no node, and who signed them is told', async () => {
  const { all, thief } = await meshWith(held, older);
  thief.hold(liesAbove(held, 3, older));
  await thief.boast();
  const { digest } = heldTrust(held);
  await eventually(all, 'all have the newest lists above the lie', () =>
    all.every((one) => rulesOf(one) === digest && timestampOf(one) > 6),
  );
  const told = all[0].sync.conflicts().find(({ kind }) => kind === 'older-lists');
  expect(told).toMatchObject({ authority: 'n3' });
  expect(told?.detail).toContain('names ns.payments 1, and 2 is in force');
});

test('a thief that answers each publication with a higher lie turns no node back', async () => {
  const authority = await members.start('n1', held, n1.online);
  const node = await members.start('n4', held);
  const thief = new LyingPeer('n3');
  authority.gossip.link(node.gossip);
  thief.gossip.link(node.gossip);
  const { digest } = heldTrust(held);
  for (let lie = 1; lie <= 4; lie++) {
    const files = liesAbove(authority.store.files(), 1, older);
    thief.hold(files);
    await thief.boast();
    const above = standingOf(opened(files)).timestamp;
    const both = [authority, node];
    await eventually(both, 'merged', () => both.every((one) => timestampOf(one) > above), 2_000);
    expect(both.map(rulesOf)).toEqual([digest, digest]);
  }
});

test('each half of the mesh is given another team’s newest list: both come into force everywhere', async () => {
  const both = { ...held, ...withOrders(held) };
  const withoutOrders = liesAbove(held, 1, held);
  const withoutPayments = liesAbove(older, 2, { ...older, ...withOrders(older) });
  const [one, other] = [
    await members.start('n4', withoutOrders),
    await members.start('n5', withoutPayments),
  ];
  const authorities = [
    await members.start('n1', held, n1.online),
    await members.start('n2', older, n2.online),
  ];
  const all = [...authorities, one, other] as const;
  all[0]?.gossip.link(one.gossip);
  all[1]?.gossip.link(other.gossip);
  one.gossip.link(other.gossip);
  const { digest } = heldTrust(both);
  await eventually(all, 'all have both lists', () => all.every((at) => rulesOf(at) === digest));
});

/** The team of orders has changed its list. */
const withOrders = (files: TrustFiles): TrustFiles =>
  mesh.publish(files, { put: [policy('one', `${text} orders`, orders)], by: mesh.orders });

interface Lie {
  readonly what: string;
  readonly reason: string;
  readonly files: () => TrustFiles;
}

const oneOf = (signers: readonly { readonly signer: TrustSigner }[]) =>
  signers.map(({ signer }) => signer);
const listBy = (signers: readonly TrustSigner[]): Uint8Array => listSignedBy(signers, 3, []);

/** What no node takes even from an online key: it is no fork either, and no authority merges any of it. */
const LIES: readonly Lie[] = [
  {
    what: 'drops a team’s list from the snapshot',
    reason: 'rollback',
    files: () =>
      publishedByLiar(held, n3.online, {
        delegated: new Map([...held.delegated].filter(([name]) => name !== role)),
      }),
  },
  {
    what: 'publishes a list that too few of a team have signed',
    reason: 'wrong-signature',
    files: () => withList(listBy(oneOf(mesh.payments.slice(1, 2)))),
  },
  {
    what: 'publishes a list that one of a team has signed twice',
    reason: 'malformed',
    files: () => {
      const list = JSON.parse(Buffer.from(listBy(oneOf(mesh.payments.slice(1)))).toString());
      const [signature] = list.signatures;
      const bytes = Buffer.from(JSON.stringify({ ...list, signatures: [signature, signature] }));
      const others = new Map([...held.delegated].filter(([name]) => name !== role));
      const named = { [fileOf(role)]: metaFileOf(bytes, 3) };
      const files = publishedByLiar(held, n3.online, { delegated: others, named });
      return { ...files, delegated: new Map([...others, [role, bytes]]) };
    },
  },
  {
    what: 'publishes a list of its own',
    reason: 'wrong-signature',
    files: () => withList(listBy([n3.online])),
  },
  {
    what: 'publishes a governors’ list of its own',
    reason: 'wrong-signature',
    files: () => publishedByLiar(held, n3.online, { targets: listBy([n3.online]) }),
  },
];

function withList(list: Uint8Array): TrustFiles {
  return publishedByLiar(held, n3.online, {
    delegated: new Map([...held.delegated, [role, list]]),
  });
}

for (const { what, reason, files } of LIES) {
  test(`an authority that ${what} is refused by all, and nothing of it is merged`, async () => {
    const { all, thief } = await meshWith(held);
    const [authority, , , last] = all;
    const before = all.map(({ store }) => store.current());
    thief.offer(offer(files(), { roots: held.roots.slice(-1) }));
    await thief.boast();
    await until(`refused as ${reason}`, () => last.counted(reason) > 0);
    for (const { clock } of all) clock.advance(60_000);
    expect(all.map(({ store }) => store.current())).toEqual(before);
    expect(timestampOf(authority)).toBe(standingOf(opened(held)).timestamp);
    expect(last.sync.conflicts()).toEqual([]);
  });
}

test('an authority that takes a change and keeps it back, or says what is not so, is passed over', async () => {
  for (const answer of [
    { v: 1, published: true },
    { v: 1, published: false, code: 'CHANGE_OVERTAKEN', message: 'it is not so' },
  ] as const) {
    const files = { ...held };
    const second = await members.start('n2', files, n2.online);
    const node = await members.start('n4', files);
    const thief = new LyingPeer('n1'); // whose turn is first
    thief.hold(files);
    thief.gossip.serve(PUBLISH_PROTOCOL, async () => encodePublishAnswer(answer));
    node.gossip.link(thief.gossip);
    node.gossip.link(second.gossip);
    const change = mesh.change(files, { put: [policy('two', text, orders)], by: mesh.orders });
    expect(await node.sync.publish(change)).toMatchObject({ by: 'n2' });
  }
});

test('an authority that goes back on its own word is told of as one whose key is stolen', async () => {
  const files = publishedByLiar(held, n3.online, {});
  const node = await members.start('n4', files);
  const thief = new LyingPeer('n3');
  thief.hold(publishedByLiar(files, n3.online, { delegated: older.delegated }));
  thief.gossip.link(node.gossip);
  await until('told', () => node.sync.conflicts().some(({ kind }) => kind === 'took-back'));
  const told = node.sync.conflicts().find(({ kind }) => kind === 'took-back');
  expect(told).toMatchObject({ authority: 'n3', times: 1 });
  expect(told?.detail).toContain('it signed ns.payments.json 2');
});
