import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { openStore } from '../platform/index.ts';
import { MAX_KNOWN_PEERS, readPeers, writePeers } from './known-peers.ts';

const peer = (i: number) => ({
  name: `n${i}` as NodeName, // a label
  peerId: `peer-${i}`,
  addresses: [`/ip4/10.0.0.${i}/tcp/7600`],
});

test('whom to dial is known again after a restart', () => {
  const store = openStore(':memory:');
  expect(readPeers(store)).toEqual([]);
  writePeers(store, [peer(1), peer(2)]);
  expect(readPeers(store)).toEqual([peer(1), peer(2)]);
});

test('of a large mesh as many are kept as are enough to find it again', () => {
  const store = openStore(':memory:');
  const many = Array.from({ length: MAX_KNOWN_PEERS + 10 }, (_, i) => peer(i));
  writePeers(store, many);
  expect(readPeers(store)).toEqual(many.slice(0, MAX_KNOWN_PEERS));
});

test('a damaged list is said to be one', () => {
  for (const damaged of ['{x', '[{"name":1}]']) {
    const store = openStore(':memory:');
    store.space('node').put('known-peers', new TextEncoder().encode(damaged));
    expect(() => readPeers(store)).toThrow('the list of the members that this node met');
  }
});
