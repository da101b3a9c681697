import { expect, test } from 'bun:test';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { hostKey } from './host-key.ts';

test('a host key is the one that libp2p makes of the same seed', async () => {
  for (const fill of [0, 1, 255]) {
    const seed = new Uint8Array(32).fill(fill);
    const key = hostKey(seed);
    expect(key.raw).toEqual((await generateKeyPairFromSeed('Ed25519', seed)).raw);
    const message = new TextEncoder().encode('x');
    expect(await key.publicKey.verify(message, await key.sign(message))).toBe(true);
  }
});
