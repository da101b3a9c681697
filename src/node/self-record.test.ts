import { beforeEach, expect, test } from 'bun:test';
import { Membership } from '../membership/index.ts';
import { peerIdOf } from '../platform/index.ts';
import { GossipNetwork, seededRandom } from '../ports/testing/index.ts';
import { NODE_KEY as KEY, NODE_KIND as KIND } from '../registry/index.ts';
import { writePeers } from './known-peers.ts';
import { openRegistry } from './mesh-view.ts';
import { SelfRecord } from './self-record.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

let mesh: TestMesh;
beforeEach(async () => {
  mesh = await TestMesh.found();
});

const addressOf = (host: string) => `/ip4/${host}/tcp/7600`;

/** A member that follows the records, and dials nobody. */
function follower(member: TestMember) {
  const { directory, trust, clock, log, meter } = member;
  const records = member.openRecords();
  const gossip = new GossipNetwork().join(member.name);
  const membership = new Membership({ gossip, clock, log, meter, random: seededRandom(3) });
  const stateOf = () => 'alive' as const;
  const registry = openRegistry({ trust, records, self: member.name, clock, log, stateOf });
  const config = { listen: '10.0.0.1' } as never; // all that a record takes of it
  const peers = { trust, gossip, records, membership, registry };
  return { self: new SelfRecord({ directory, config, peers, log }), records, membership };
}

/** What `member` says of itself, true or not, as it travels. */
function sayingOf(member: TestMember, host: string, lies: object = {}): Uint8Array {
  const records = member.openRecords();
  const { version, digest } = member.trust.current();
  records.put(KIND, KEY, {
    ...{ name: member.name, addresses: [addressOf(host)], listenHost: host, version: '0.1.0' },
    enforces: { version, digest },
    ...lies,
  });
  const bytes = records.bytesOf(`${member.name}/${KIND}/${KEY}`);
  if (bytes === undefined) throw new Error('it said nothing');
  return bytes;
}

const metBy = (membership: Membership) =>
  membership.members().map(({ name, peerId, addresses }) => [name as string, peerId, ...addresses]);

test('a member that calls itself by the peer id of another takes nothing from it', async () => {
  const [n2, n3] = [await mesh.member('n2'), await mesh.member('n3')];
  const { self, records, membership } = follower(mesh.n1);
  const idOf3 = peerIdOf(n3.publicKey);
  records.accept(sayingOf(n3, '10.0.0.3'), 'p');
  records.accept(sayingOf(n2, '10.0.0.66', { peerId: idOf3 }), 'p');
  self.meetMembers();
  expect(metBy(membership)).toEqual([
    ['n2', peerIdOf(n2.publicKey), addressOf('10.0.0.66')],
    ['n3', idOf3, addressOf('10.0.0.3')],
  ]);
});

test('who was met before is dialled where it was, unless a record says where it is', async () => {
  const n3 = await mesh.member('n3');
  const [known, elsewhere] = [addressOf('10.0.0.9'), addressOf('10.0.0.66')];
  writePeers(mesh.n1.directory.store, [
    { name: n3.name, peerId: 'old', addresses: [elsewhere] },
    { name: 'n8' as never, peerId: peerIdOf(n3.publicKey), addresses: [elsewhere] }, // a label
    { name: 'n9' as never, peerId: 'p9', addresses: [known] }, // a label
  ]);
  const { self, records, membership } = follower(mesh.n1);
  records.accept(sayingOf(n3, '10.0.0.3'), 'p');
  self.meetMembers();
  expect(metBy(membership)).toEqual([
    ['n3', peerIdOf(n3.publicKey), addressOf('10.0.0.3')],
    ['n9', 'p9', known],
  ]);
});

test('what a node says of itself is understood by the others', async () => {
  const n2 = follower(await mesh.member('n2'));
  n2.self.say();
  const { self, records, membership } = follower(mesh.n1);
  records.accept(n2.records.bytesOf(`n2/${KIND}/${KEY}`) ?? new Uint8Array(), 'p');
  self.meetMembers();
  expect(metBy(membership).map(([name]) => name)).toEqual(['n2']);
});
