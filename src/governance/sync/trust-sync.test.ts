import { afterEach, expect, test } from 'bun:test';
import { codeOfLate } from '../../core/testing/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { offerOf, type TrustOffer, type TrustSigner, tufKey } from '../repository/index.ts';
import {
  eventually,
  LinkedGossip,
  type Member,
  Members,
  makeAuthority,
  opened,
  policy,
  type TestAuthority,
  TestMesh,
  until,
} from '../testing/index.ts';
import {
  decodeMetadataAnswer,
  decodeRequest,
  encodeAnnouncement,
  encodeContents,
  encodeMetadataAnswer,
  encodePublishAnswer,
  PUBLISH_PROTOCOL,
  TRUST_PROTOCOL,
  TRUST_TOPIC,
} from './messages.ts';
import { answerRequest } from './offers.ts';

const DAY_MS = 86_400_000;
const mesh = new TestMesh();
const members = new Members(mesh.founded);
afterEach(() => members.stop());

test('a change that an authority publishes is in force at members several hops away', async () => {
  const [n1, n2, n3] = [
    await members.start('n1', mesh.founded, mesh.n1.online),
    await members.start('n2'),
    await members.start('n3'),
  ];
  n1.gossip.link(n2.gossip);
  n2.gossip.link(n3.gossip);
  const report = await n1.sync.publish(mesh.draft(n1.store.files(), [policy('hello')]));
  expect(report).toMatchObject({ by: 'n1', version: 2, rootVersion: 1 });
  await until('n3 has version 2', () => n3.version === 2);
  expect(n3.store.current()).toEqual(n1.store.current());
  expect(n2.counted('adopted')).toBe(1);
});

test('a node that is no authority hands a change on, and has it in force when it returns', async () => {
  const n1 = await members.start('n1', mesh.founded, mesh.n1.online);
  const n2 = await members.start('n2');
  n1.gossip.link(n2.gossip);
  const report = await n2.sync.publish(mesh.draft(n2.store.files(), [policy('hello')]));
  expect(report.by).toBe('n1');
  expect(n2.store.current().policies).toHaveLength(1);
});

test('an authority whose answer and whose announcement cross is not taken for a liar', async () => {
  const n1 = await members.start('n1', mesh.founded, mesh.n1.online);
  const n2 = await members.start('n2');
  n1.gossip.link(n2.gossip);
  for (const name of ['a', 'b', 'c']) {
    await n2.sync.publish(mesh.draft(n2.store.files(), [policy(`${name}-handed-on`)]));
    await n1.sync.publish(mesh.draft(n1.store.files(), [policy(name)]));
    await until('n2 follows without a wait', () => n2.version === n1.version);
  }
  expect(n2.counted('unchanged')).toBe(0);
});

/** Two authorities and a node that is none, all linked. */
async function twoAuthorities() {
  const idOf = ({ online }: TestAuthority) => tufKey(online).keyID;
  let second = makeAuthority('n2');
  while (idOf(second) < idOf(mesh.n1)) second = makeAuthority('n2'); // n1 is asked first
  const files = mesh.publish(mesh.founded, [{ kind: 'Authority', authority: second.target }]);
  const n1 = await members.start('n1', files, mesh.n1.online);
  const n2 = await members.start('n2', files, second.online);
  const n3 = await members.start('n3', files);
  n1.gossip.link(n2.gossip);
  n2.gossip.link(n3.gossip);
  n1.gossip.link(n3.gossip);
  return { files, n1, n2, n3 };
}

test('of two changes made at once at two authorities one is refused, and all agree', async () => {
  const { files, n1, n2, n3 } = await twoAuthorities();
  const made = [n1, n2].map((at, index) =>
    codeOfLate(at.sync.publish(mesh.draft(files, [policy(`p${index}`)]))),
  );
  expect((await Promise.all(made)).toSorted()).toEqual(['CHANGE_OVERTAKEN', 'none']);
  await until('all have version 3', () => [n1, n2, n3].every(({ version }) => version === 3));
  expect(new Set([n1, n2, n3].map(({ store }) => store.current().digest)).size).toBe(1);
});

test('the next authority publishes when the first takes a change and is lost', async () => {
  const { n1, n2, n3 } = await twoAuthorities();
  n1.gossip.serve(PUBLISH_PROTOCOL, async () => {
    await n1.gossip.stop();
    return encodePublishAnswer({ v: 1, published: true });
  });
  const change = mesh.draft(n3.store.files(), [policy('hello')]);
  expect(await n3.sync.publish(change)).toMatchObject({ by: 'n2', version: 3 });
  expect(n2.version).toBe(3);
});

test('authorities that published different changes apart agree on one of them when they meet', async () => {
  const { files, n1, n2, n3 } = await twoAuthorities();
  await until('all have met', () => n3.gossip.asked.length >= 2);
  n1.gossip.cut(n2.gossip);
  n1.gossip.cut(n3.gossip);
  await n1.sync.publish(mesh.draft(files, [policy('a')]));
  await n2.sync.publish(mesh.draft(files, [policy('b')]));
  await until('n3 follows n2', () => n3.version === 3);
  const hashOf = ({ store }: Member) => sha256Hex(store.files().targets);
  const loser = hashOf(n1) < hashOf(n2) ? n2 : n1;
  const [kept, lost] = [n1, n2].map(hashOf).toSorted((one, other) => (one < other ? -1 : 1));
  n1.gossip.link(n2.gossip);
  const all = [n1, n2, n3];
  await eventually(all, 'all agree', () => all.every((one) => hashOf(one) === kept));
  const said = loser.sync.conflicts().find(({ kind }) => kind === 'same-version');
  expect(said?.detail).toBe(`two lists targets 3 were signed: ${kept} stays, ${lost} is lost`);
  const timestamps = () => all.map(({ store }) => store.repository().timestamp.signed.version);
  const after = timestamps();
  for (const { clock } of all) clock.advance(60_000);
  expect(timestamps()).toEqual(after);
});

test('without an authority in reach a change is refused, and nothing is lost', async () => {
  const n2 = await members.start('n2');
  n2.gossip.link((await members.start('n3')).gossip);
  const change = mesh.draft(n2.store.files(), [policy('hello')]);
  await expect(n2.sync.publish(change)).rejects.toMatchObject({
    code: 'NO_AUTHORITY_REACHABLE',
    message:
      'no authority published the change (n1: peer-n1 cannot be reached): start n1, or let this node reach it',
  });
  expect(n2.version).toBe(1);
});

test('a change that was overtaken is said to be, and its sender learns what overtook it', async () => {
  const n1 = await members.start('n1', mesh.founded, mesh.n1.online);
  const n2 = await members.start('n2');
  n2.gossip.subscribe(TRUST_TOPIC, () => 'ignore'); // hears nothing
  n1.gossip.link(n2.gossip);
  await until('asked on meeting', () => n2.gossip.asked.length === 1);
  const late = mesh.draft(n2.store.files(), [policy('late')]);
  await n1.sync.publish(mesh.draft(n1.store.files(), [policy('first')]));
  expect(n2.version).toBe(1);
  expect(await codeOfLate(n2.sync.publish(late))).toBe('CHANGE_OVERTAKEN');
  expect(n2.version).toBe(2);
});

test('what was announced before gossip had settled is found a second after peers met', async () => {
  const n1 = await members.start('n1', mesh.founded, mesh.n1.online);
  const n2 = await members.start('n2');
  n1.gossip.link(n2.gossip);
  n2.gossip.subscribe(TRUST_TOPIC, () => 'ignore');
  await until('asked on meeting', () => n2.gossip.asked.length === 1);
  await n1.sync.publish(mesh.draft(n1.store.files(), [policy('hello')]));
  n2.clock.advance(999);
  expect(n2.gossip.asked).toHaveLength(1);
  n2.clock.advance(1);
  await until('n2 has version 2', () => n2.version === 2);
});

test('only so many peers wait to be asked; the rest are found by polling', async () => {
  const n2 = await members.start('n2');
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (let index = 0; index < 100; index++) {
    const peer = new LinkedGossip(`peer-${index}`);
    peer.serve(TRUST_PROTOCOL, async () => {
      await gate;
      return encodeMetadataAnswer(undefined);
    });
    peer.link(n2.gossip);
  }
  release();
  await until('the queue is empty', () => n2.gossip.asked.length === 65); // one in hand, 64 waiting
  n2.clock.advance(1_000);
  await until('all were asked once more', () => n2.gossip.asked.length === 130);
  n2.clock.advance(30_000);
  await until('polled', () => n2.gossip.asked.length === 131);
});

test('an update of which the lists say what is new comes in one exchange, and brings nothing else', async () => {
  const n2 = await members.start('n2');
  const next = mesh.publish(mesh.founded, [
    policy('a', 'permit(principal, action, resource); // new'),
  ]);
  const answers: (TrustOffer | undefined)[] = [];
  const peer = new LinkedGossip('peer');
  peer.serve(TRUST_PROTOCOL, async (bytes) => {
    const request = decodeRequest(bytes);
    if (!request.ok) throw new Error(request.error);
    const answer = answerRequest(opened(next), [], request.value);
    const offered = decodeMetadataAnswer(answer);
    answers.push(offered.ok ? offered.value : undefined);
    return answer;
  });
  peer.link(n2.gossip);
  await until('n2 has version 2', () => n2.version === 2);
  const added = [...next.contents].filter(([sha256]) => !mesh.founded.contents.has(sha256));
  expect(answers.map((answer) => answer?.contents)).toEqual([added.map(([, bytes]) => bytes)]);
});

test('an online key signs nothing that the governors did not', async () => {
  let signatures = 0;
  const online: TrustSigner = {
    publicKey: mesh.n1.online.publicKey,
    sign: (canonical) => {
      signatures++;
      return mesh.n1.online.sign(canonical);
    },
  };
  const n1 = await members.start('n1', mesh.founded, online);
  const n2 = await members.start('n2');
  n1.gossip.link(n2.gossip);
  const other = new TestMesh();
  const forged = other.draft(other.founded, [policy('evil')]);
  expect(await codeOfLate(n1.sync.publish(forged))).toBe('CHANGE_REFUSED');
  expect(await codeOfLate(n2.sync.publish(forged))).toBe('CHANGE_REFUSED');
  expect(signatures).toBe(0);
});

test('who was cut off catches up when it meets a peer again', async () => {
  const n1 = await members.start('n1', mesh.founded, mesh.n1.online);
  const n2 = await members.start('n2');
  await n1.sync.publish(mesh.draft(n1.store.files(), [policy('a')]));
  await n1.sync.publish(mesh.draft(n1.store.files(), [policy('b')]));
  n1.gossip.link(n2.gossip);
  await until('n2 has version 3', () => n2.version === 3);
});

test('who missed every announcement finds out by asking now and then', async () => {
  const n1 = await members.start('n1', mesh.founded, mesh.n1.online);
  const n2 = await members.start('n2');
  n1.gossip.link(n2.gossip);
  n2.gossip.subscribe(TRUST_TOPIC, () => 'ignore');
  await until('asked on meeting', () => n2.gossip.asked.length === 1);
  n2.clock.advance(1_000);
  await until('asked once more', () => n2.gossip.asked.length === 2);
  await n1.sync.publish(mesh.draft(n1.store.files(), [policy('a')]));
  expect(n2.version).toBe(1);
  n2.clock.advance(30_000);
  await until('n2 has version 2', () => n2.version === 2);
});

test('a peer that offers rubbish is left alone for a while, twice as long each time', async () => {
  const n2 = await members.start('n2');
  const liar = new LinkedGossip('liar');
  liar.serve(TRUST_PROTOCOL, async () => Buffer.from('rubbish'));
  const meet = async (expected: number) => {
    liar.cut(n2.gossip);
    liar.link(n2.gossip);
    await Promise.resolve();
    await until(`asked ${expected} times`, () => n2.gossip.asked.length === expected);
    await until('and judged', () => n2.counted('malformed') === expected);
  };
  await meet(1);
  n2.clock.advance(999);
  await meet(1);
  n2.clock.advance(1);
  await meet(2);
  n2.clock.advance(1_999);
  await meet(2);
  n2.clock.advance(1);
  await meet(3);
  expect(n2.version).toBe(1);
});

test('an announcement is for neighbours: news is asked for, and neither news nor rubbish travels on', async () => {
  const n2 = await members.start('n2');
  const peer = new LinkedGossip('peer');
  const beyond = new LinkedGossip('beyond');
  const arrived: number[] = [];
  beyond.subscribe(TRUST_TOPIC, (message) => {
    arrived.push(message.length);
    return 'ignore';
  });
  peer.link(n2.gossip);
  n2.gossip.link(beyond);
  await until('asked on meeting', () => n2.gossip.asked.length === 2);
  const digest = n2.store.current().digest;
  const announced = { root: 1, timestamp: 1, digest, forks: [] };
  await peer.publish(TRUST_TOPIC, encodeAnnouncement(announced));
  await peer.publish(TRUST_TOPIC, Buffer.from('rubbish'));
  await peer.publish(TRUST_TOPIC, encodeAnnouncement({ ...announced, digest: 'x'.repeat(9_999) }));
  expect(n2.gossip.asked).toHaveLength(2);
  await peer.publish(TRUST_TOPIC, encodeAnnouncement({ ...announced, timestamp: 2 }));
  await until('asked for the news', () => n2.gossip.asked.length === 3);
  await peer.publish(TRUST_TOPIC, encodeAnnouncement({ ...announced, forks: [digest] }));
  await until('asked for the fork', () => n2.gossip.asked.length === 4);
  expect(arrived).toEqual([]);
});

test('an authority renews the timestamp when half of its life is over', async () => {
  const old = new TestMesh(Date.now() - 4 * DAY_MS);
  const n1 = await members.start('n1', old.founded, old.n1.online);
  const n2 = await members.start('n2', old.founded);
  n1.gossip.link(n2.gossip);
  const versionOf = ({ store }: Member) => store.repository().timestamp.signed.version;
  await until('both have timestamp 2', () => versionOf(n1) === 2 && versionOf(n2) === 2);
  expect(n2.version).toBe(1);
});

test('two authorities that renew the timestamp at once agree on what is in force', async () => {
  const old = new TestMesh(Date.now() - 4 * DAY_MS);
  const second = makeAuthority('n2');
  const put = [{ kind: 'Authority', authority: second.target }] as const;
  const both = old.publish(old.founded, put, [], old.n1.online, Date.now() - 4 * DAY_MS);
  const n1 = await members.start('n1', both, old.n1.online);
  const n2 = await members.start('n2', both, second.online);
  const versionOf = ({ store }: Member) => store.repository().timestamp.signed.version;
  await until('both have signed', () => versionOf(n1) === 3 && versionOf(n2) === 3);
  expect(n1.store.files().timestamp).not.toEqual(n2.store.files().timestamp);
  n1.gossip.link(n2.gossip);
  await until(
    'they have asked each other',
    () => n1.gossip.asked.length + n2.gossip.asked.length > 1,
  );
  const report = await n2.sync.publish(old.draft(n2.store.files(), [policy('after')]));
  await until('n1 follows', () => n1.version === report.version);
  expect(n1.store.current().digest).toBe(report.digest);
  expect(n1.log.lines.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('a peer that claims to have something newer and hands out the old is left alone', async () => {
  const n2 = await members.start('n2');
  const liar = new LinkedGossip('liar');
  liar.serve(TRUST_PROTOCOL, async () =>
    encodeMetadataAnswer({ ...offerOf(mesh.founded), contents: [] }),
  );
  liar.link(n2.gossip);
  await until('asked', () => n2.counted('unchanged') === 1);
  liar.cut(n2.gossip);
  liar.link(n2.gossip);
  await until('its turn is over', () => n2.gossip.peers().length === 1);
  expect(n2.gossip.asked).toHaveLength(1);
});

test('a peer that grows a list without its contents is refused as incomplete', async () => {
  const n2 = await members.start('n2');
  const next = mesh.publish(mesh.founded, [
    policy('a', 'permit(principal, action, resource); // new'),
  ]);
  const peer = new LinkedGossip('peer');
  let asked = 0;
  peer.serve(TRUST_PROTOCOL, async () =>
    asked++ === 0 ? encodeMetadataAnswer({ ...offerOf(next), contents: [] }) : encodeContents([]),
  );
  peer.link(n2.gossip);
  await until('judged', () => n2.counted('content-missing') === 1);
  expect(asked).toBe(2);
  expect(n2.version).toBe(1);
});
