import { expect, test } from 'bun:test';
import { pureJsCrypto } from '@chainsafe/libp2p-noise';
import fc from 'fast-check';
import { nativeCrypto } from './host-noise.ts';

const { chaCha20Poly1305Encrypt: encrypt, chaCha20Poly1305Decrypt: decrypt } = nativeCrypto;
const key = new Uint8Array(32).fill(7);
/** As the library counts: 300 is 0x012c, little-endian after four zero bytes. */
const nonce = Uint8Array.from([0, 0, 0, 0, 0x2c, 1, 0, 0, 0, 0, 0, 0]);
const context = new TextEncoder().encode('handshake');

test('messages are sealed as the specification says of AESGCM, with its big-endian counter', async () => {
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const iv = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x2c]);
  for (const length of [0, 1, 1_200, 65_519]) {
    const plaintext = new Uint8Array(length).fill(3);
    const params = { name: 'AES-GCM', iv, additionalData: context };
    const expected = new Uint8Array(await crypto.subtle.encrypt(params, aes, plaintext));
    const sealed = encrypt(plaintext, nonce, context, key).subarray();
    expect(Buffer.compare(sealed, expected)).toBe(0);
    const opened = decrypt(sealed, nonce, context, key).subarray();
    expect(Buffer.compare(opened, plaintext)).toBe(0);
  }
});

test('a message of which anything was changed, or is missing, is refused', () => {
  const sealed = encrypt(new Uint8Array(40), nonce, context, key).subarray();
  for (const at of sealed.keys()) {
    const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte));
    expect(() => decrypt(changed, nonce, context, key)).toThrow();
    expect(() => decrypt(sealed.subarray(0, at), nonce, context, key)).toThrow();
  }
  const another = Uint8Array.from([0, 0, 0, 0, 0x2d, 1, 0, 0, 0, 0, 0, 0]);
  expect(() => decrypt(sealed, another, context, key)).toThrow();
  expect(() => decrypt(sealed, nonce, new Uint8Array(9), key)).toThrow();
});

test('keys are agreed on as X25519 says, and none with a public key of small order', () => {
  const own = nativeCrypto.generateX25519KeyPair();
  const secret = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const property = fc.property(secret, (seed) => {
    const other = pureJsCrypto.generateX25519KeyPairFromSeed(seed);
    const here = nativeCrypto.generateX25519SharedKey(own.privateKey, other.publicKey);
    const there = pureJsCrypto.generateX25519SharedKey(other.privateKey, own.publicKey);
    expect(Buffer.compare(here.subarray(), there.subarray())).toBe(0);
  });
  fc.assert(property, { seed: 17, numRuns: 20 });
  const smallOrder = [new Uint8Array(32), new Uint8Array(32).fill(1, 0, 1)];
  for (const bad of smallOrder) {
    expect(() => nativeCrypto.generateX25519SharedKey(own.privateKey, bad)).toThrow();
  }
});
