import { expect, test } from 'bun:test';
import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import fc from 'fast-check';
import { peerIdOf } from './peer-id.ts';

test('a peer id is what libp2p makes of the key', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const property = fc.property(key, (raw) => {
    expect(peerIdOf(raw)).toBe(peerIdFromPublicKey(publicKeyFromRaw(raw)).toString());
  });
  fc.assert(property, {
    seed: 11,
    examples: [[new Uint8Array(32)], [new Uint8Array(32).fill(255)]],
  });
});
