import { expect, test } from 'bun:test';
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import fc from 'fast-check';
import { peerIdOf, publicKeyOf } from './peer-id.ts';

test('a peer id is what libp2p makes of the key', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const property = fc.property(key, (raw) => {
    expect(peerIdOf(raw)).toBe(peerIdFromPublicKey(publicKeyFromRaw(raw)).toString());
    expect(publicKeyOf(peerIdOf(raw))).toEqual(raw);
  });
  fc.assert(property, {
    seed: 11,
    examples: [[new Uint8Array(32)], [new Uint8Array(32).fill(255)]],
  });
});

test('what is no peer id of an Ed25519 key has none', () => {
  const id = peerIdOf(new Uint8Array(32).fill(7));
  const others = ['', '1', 'peer-n1', `${id}1`, id.slice(0, -1), `2${id.slice(1)}`, '1'.repeat(99)];
  for (const other of [...others, 'QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG']) {
    expect(publicKeyOf(other)).toBeUndefined();
  }
});
