import { beforeEach, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { Revocations } from '../crypto/index.ts';
import type { Gossip, Peer } from '../ports/index.ts';
import { GossipNetwork } from '../ports/testing/index.ts';
import { recordId } from '../replication/index.ts';
import { AdmittedMembers } from './admitted-members.ts';
import { writeCredential } from './data-directory.ts';
import { type TestMember, TestMesh } from './testing/index.ts';

const DAY_MS = 86_400_000;

let mesh: TestMesh;
let n2: TestMember;
let epochs: Map<NodeName, number>;
let admitted: AdmittedMembers;
/** Of n2, in force here. */
let record: Uint8Array | undefined;
beforeEach(async () => {
  mesh = await TestMesh.found();
  n2 = await mesh.member('n2');
  epochs = new Map();
  record = undefined;
  const { n1, clock } = mesh;
  admitted = new AdmittedMembers({
    clock,
    log: n1.log,
    bundle: () => n1.role.bundle(),
    epochOf: (node) => epochs.get(node),
    recordOf: (node) => record ?? new TextEncoder().encode(`record of ${node}`),
  });
});

const issuedBy = (authority: TestMember, member: TestMember, epoch = 1): Uint8Array =>
  authority.ca.issueCredential({
    node: member.name,
    publicKey: member.publicKey,
    epoch,
    lifeMs: 7 * DAY_MS,
  }).credential;

const peerOf = ({ name, publicKey }: TestMember): Peer => ({ id: `peer-${name}`, name, publicKey });

/** n1's gossip, connected with n2 that showed `credential`. */
async function connected(credential: Uint8Array): Promise<Gossip> {
  expect(admitted.admit(n2.publicKey, credential)).toEqual({ admitted: true, name: 'n2' });
  const network = new GossipNetwork();
  const gossip = network.join('n1');
  network.join('n2');
  await gossip.dial('peer-n2', []);
  // The network knows names only; the node key is what counts here.
  return Object.assign(gossip, { peers: ownPeers(gossip) });
}

const ownPeers = (gossip: Gossip) => {
  const before = gossip.peers.bind(gossip);
  return () => before().map((peer) => ({ ...peer, publicKey: n2.publicKey }));
};

test('whoever shows a credential of an authority for its key is let in, nobody else', () => {
  expect(admitted.admit(n2.publicKey, issuedBy(mesh.n1, n2)).admitted).toBe(true);
  expect(admitted.admit(mesh.n1.publicKey, issuedBy(mesh.n1, n2))).toMatchObject({
    admitted: false,
    reason: expect.stringContaining('other-key'),
  });
  expect(admitted.admit(n2.publicKey, issuedBy(n2, n2))).toMatchObject({
    reason: expect.stringContaining('unknown-authority'),
  });
  expect(admitted.admit(n2.publicKey, new Uint8Array(4)).admitted).toBe(false);
});

test('an earlier key of a name is not let in once a later one speaks', () => {
  const first = issuedBy(mesh.n1, n2, 7);
  epochs.set(n2.name, 7);
  expect(admitted.admit(n2.publicKey, first).admitted).toBe(true);
  epochs.set(n2.name, 8);
  expect(admitted.admit(n2.publicKey, first)).toMatchObject({
    reason: 'superseded: n2 has a newer key',
    proof: new TextEncoder().encode('record of n2'),
  });
});

test('a peer whose authority went out of force is dismissed, a good one stays', async () => {
  const n3 = await mesh.member('n3');
  await mesh.addAuthority(n3);
  const gossip = await connected(issuedBy(n3, n2));
  admitted.dismiss(gossip);
  expect(gossip.peers()).toHaveLength(1);
  await mesh.apply([], ['authorities/n3.json']);
  admitted.dismiss(gossip);
  expect(gossip.peers()).toEqual([]);
  expect(mesh.n1.log.lines.at(-1)).toMatchObject({
    level: 'warn',
    fields: { peer: 'n2', reason: expect.stringContaining('unknown-authority') },
  });
});

test('a peer whose credential ended meanwhile, or whose name was taken, is dismissed', async () => {
  const gossip = await connected(issuedBy(mesh.n1, n2));
  mesh.clock.advance(7 * DAY_MS + 120_000);
  admitted.dismiss(gossip);
  expect(gossip.peers()).toEqual([]);
  const again = await connected(issuedBy(mesh.n1, n2));
  epochs.set(n2.name, 2);
  admitted.dismiss(again);
  expect(again.peers()).toEqual([]);
});

test('a peer that has renewed its credential while it is connected stays, by what its record says', async () => {
  const gossip = await connected(issuedBy(mesh.n1, n2));
  mesh.clock.advance(7 * DAY_MS + 120_000);
  writeCredential(n2.directory.store, issuedBy(mesh.n1, n2));
  const records = n2.openRecords();
  records.put('node', 'self', { n: 1 });
  record = records.bytesOf(recordId(n2.name, 'node', 'self'));
  admitted.dismiss(gossip);
  expect(gossip.peers()).toHaveLength(1);
  expect(admitted.membershipOf(peerOf(n2))).toMatchObject({ ok: true });
  const other = { ...peerOf(n2), publicKey: mesh.n1.publicKey };
  expect(admitted.membershipOf(other)).toMatchObject({ ok: false }); // another's record helps nobody
});

test('membership is by what was shown last; of one that was never let in nothing is known', () => {
  expect(admitted.membershipOf(peerOf(n2))).toMatchObject({ ok: false });
  admitted.admit(n2.publicKey, issuedBy(mesh.n1, n2, 3));
  admitted.admit(n2.publicKey, issuedBy(mesh.n1, n2, 4));
  expect(admitted.membershipOf(peerOf(n2))).toMatchObject({ ok: true, value: { epoch: 4 } });
});

test('what is remembered is bounded: the one seen longest ago is forgotten, and has to come again', () => {
  admitted.admit(n2.publicKey, issuedBy(mesh.n1, n2));
  const { ca } = mesh.n1;
  for (let i = 0; i < 1_024; i++) {
    const publicKey = new Uint8Array(32);
    new DataView(publicKey.buffer).setUint32(0, i);
    const node = `m${i}` as NodeName; // a label
    const { credential } = ca.issueCredential({ node, publicKey, epoch: 1, lifeMs: DAY_MS });
    admitted.admit(publicKey, credential);
  }
  expect(admitted.membershipOf(peerOf(n2))).toMatchObject({ ok: false });
});

test('a peer that is revoked has nothing of a member’s at once, and hears why before it is dismissed', async () => {
  const gossip = await connected(issuedBy(mesh.n1, n2));
  const now = mesh.clock.now();
  const revoked = { kind: 'node', node: n2.name, beforeMs: now } as const;
  mesh.n1.role.revoke(new Revocations([revoked], []));
  expect(admitted.membershipOf(peerOf(n2))).toMatchObject({
    error: expect.stringContaining('the node n2 was revoked'),
  });
  expect(admitted.admit(n2.publicKey, issuedBy(mesh.n1, n2)).admitted).toBe(false);
  admitted.dismiss(gossip);
  expect(gossip.peers()).toHaveLength(1);
  mesh.clock.advance(2_000);
  expect(gossip.peers()).toEqual([]);
});
