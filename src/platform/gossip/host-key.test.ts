import { expect, test } from 'bun:test';
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { hostKey } from './host-key.ts';

test('a host key is the one that libp2p makes of the same seed', async () => {
  for (const factor of [0, 1, 255]) {
    const seed = Uint8Array.from({ length: 32 }, (_, at) => at * factor);
    const key = hostKey(seed);
    expect(key.raw).toEqual((await generateKeyPairFromSeed('Ed25519', seed)).raw);
    const message = new TextEncoder().encode('x');
    expect(await key.publicKey.verify(message, await key.sign(message))).toBe(true);
  }
});
