import { expect, test } from 'bun:test';
import { peerIdFromString } from '@libp2p/peer-id';
import { createLibp2p } from 'libp2p';
import { peerIdOf } from '../peer-id.ts';
import { writeProtocolsOnce } from './spoken-protocols.ts';

const peer = peerIdFromString(peerIdOf(new Uint8Array(32).fill(9)));

/** A host that was not started, and what is written into its store. */
async function hostWithStore() {
  const host = await createLibp2p({ start: false });
  const written: (readonly string[] | undefined)[] = [];
  const merge = host.peerStore.merge.bind(host.peerStore);
  host.peerStore.merge = (id, data, options) => {
    written.push(data.protocols);
    return merge(id, data, options);
  };
  writeProtocolsOnce(host);
  return { host, written };
}

test('what a peer speaks is written down once while it is connected', async () => {
  const { host, written } = await hostWithStore();
  const open = (...protocols: string[]) => host.peerStore.merge(peer, { protocols });
  const tell = (type: 'peer:connect' | 'peer:disconnect') =>
    host.dispatchEvent(new CustomEvent(type, { detail: peer }));
  tell('peer:connect');
  for (const protocol of ['/a', '/a', '/b', '/a', '/b']) await open(protocol);
  expect(written).toEqual([['/a'], ['/b']]);
  expect((await host.peerStore.get(peer)).protocols).toEqual(['/a', '/b']);
  tell('peer:disconnect');
  for (const protocol of ['/a', '/a']) await open(protocol);
  tell('peer:connect');
  for (const protocol of ['/a', '/a']) await open(protocol);
  expect(written).toHaveLength(5);
});

test('all else is written as before: what is said of oneself, of who is not connected, and more than a protocol', async () => {
  const { host, written } = await hostWithStore();
  for (const id of [peer, host.peerId]) {
    for (const _ of [1, 2]) await host.peerStore.merge(id, { protocols: ['/a'] });
  }
  host.dispatchEvent(new CustomEvent('peer:connect', { detail: peer }));
  for (const _ of [1, 2]) await host.peerStore.merge(peer, { protocols: ['/a', '/b'] });
  for (const _ of [1, 2]) {
    await host.peerStore.merge(peer, { protocols: ['/a'], tags: { t: { value: 1 } } });
  }
  expect(written).toHaveLength(8);
});
