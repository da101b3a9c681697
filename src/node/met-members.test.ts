import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import type { FormerContact, KnownMember } from '../membership/index.ts';
import { openStore, peerIdOf } from '../platform/index.ts';
import type { NodeClaim, ProvenNode } from '../registry/index.ts';
import { MAX_KNOWN_PEERS, readPeers, writePeers } from './known-peers.ts';
import { MetMembers } from './met-members.ts';

const keyOf = (i: number): Uint8Array => new Uint8Array(32).fill(i);
const addressOf = (host: string): string => `/ip4/${host}/tcp/7600`;

/** What the key `i` says of itself, under a name. */
function node(name: string, i: number, host = `10.0.0.${i}`): ProvenNode {
  const claim = { name, addresses: [addressOf(host)], listenHost: host } as unknown as NodeClaim; // what is read of it
  const publicKey = keyOf(i);
  const proven = { peerId: peerIdOf(publicKey), publicKey, epoch: 1, boot: 1 };
  return { name: name as NodeName, ...proven, claim }; // a label
}

const kept = (name: string, i: number, host = `10.0.0.${i}`) => ({
  name: name as NodeName, // a label
  peerId: peerIdOf(keyOf(i)),
  addresses: [addressOf(host)],
});

/** A node that holds these records; `where` its members are, and `dialled` those who are none and may be dialled. */
function stage(...known: readonly ProvenNode[]) {
  const store = openStore(':memory:');
  const nodes = new Map(known.map((one) => [one.name, one]));
  const members = new Map<string, KnownMember>();
  let former: readonly FormerContact[] = [];
  const parts = {
    store,
    registry: { node: (name: NodeName) => nodes.get(name), nodes: () => nodes.values() },
    membership: {
      learn: (learned: Iterable<KnownMember>) => {
        for (const member of learned) members.set(member.name, member);
      },
      forget: (name: NodeName) => void members.delete(name),
      dialAlso: (contacts: readonly FormerContact[]) => {
        former = contacts;
      },
    },
  };
  const placesOf = (all: Iterable<FormerContact>) =>
    [...all].map(({ name, addresses }) => [`${name}`, ...addresses]);
  const where = () => placesOf(members.values());
  const dialled = () => placesOf(former);
  return { store, nodes, where, dialled, open: () => new MetMembers(parts) };
}

test('whom the records name is a member, with the key that signed the record', () => {
  const { open, where, store } = stage(node('n2', 2), node('n3', 3));
  open().meet();
  expect(where()).toEqual([
    ['n2', addressOf('10.0.0.2')],
    ['n3', addressOf('10.0.0.3')],
  ]);
  expect(readPeers(store)).toEqual([kept('n2', 2), kept('n3', 3)]);
});

test('who was met before is dialled where it was and is no member, unless a record says so', () => {
  const { open, where, dialled, store } = stage(node('n3', 3));
  writePeers(store, [
    kept('n3', 33, '10.0.0.66'),
    kept('n8', 3, '10.0.0.66'),
    kept('n9', 9),
    { ...kept('n7', 7), peerId: 'no key' },
  ]);
  open().meet();
  expect(where()).toEqual([['n3', addressOf('10.0.0.3')]]);
  expect(dialled()).toEqual([['n9', addressOf('10.0.0.9')]]);
});

test('what changes is followed: who moved, who is new, who is gone', () => {
  const many = Array.from({ length: MAX_KNOWN_PEERS }, (_, i) => node(`m${i}`, 100 + i));
  const { open, where, dialled, store, nodes } = stage(...many);
  const met = open();
  met.meet();
  const moved = node('m1', 101, '10.9.9.9');
  const added = node('n2', 2);
  nodes.set(moved.name, moved).set(added.name, added);
  met.follow([moved.name, added.name]);
  expect(where()).toContainEqual(['m1', addressOf('10.9.9.9')]);
  expect(where()).toContainEqual(['n2', addressOf('10.0.0.2')]);
  expect(readPeers(store)[1]).toEqual(kept('m1', 101, '10.9.9.9'));
  nodes.clear();
  met.follow([moved.name, added.name]);
  for (const gone of ['n2', 'm1']) expect(where().map(([name]) => name)).not.toContain(gone);
  // Its record may be gone because this node was cut off for long: it is dialled, to find the mesh again.
  expect(dialled()).toContainEqual(['m1', addressOf('10.9.9.9')]);
});

test('a member whose record fell is a member no more however small the mesh is, and one again by a record', () => {
  const { open, where, dialled, nodes } = stage(node('n2', 2), node('n3', 3));
  const met = open();
  met.meet();
  const [back] = nodes.values();
  if (back === undefined) throw new Error('there are two');
  nodes.delete(back.name);
  met.follow([back.name]);
  expect(where()).toEqual([['n3', addressOf('10.0.0.3')]]);
  expect(dialled()).toEqual([['n2', addressOf('10.0.0.2')]]);
  nodes.set(back.name, back);
  met.follow([back.name]);
  expect(where()).toContainEqual(['n2', addressOf('10.0.0.2')]);
  expect(dialled()).toEqual([]);
});

test('a name that another key has now, and a key that goes by another name, are kept once', () => {
  const { open, store, nodes } = stage(node('n2', 2), node('n3', 3));
  const met = open();
  met.meet();
  const [again, renamed] = [node('n2', 22), node('n4', 3)];
  nodes.set(again.name, again).set(renamed.name, renamed);
  met.follow([again.name, renamed.name]);
  expect(readPeers(store)).toEqual([kept('n2', 22, '10.0.0.22'), kept('n4', 3)]);
});
