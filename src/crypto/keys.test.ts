import { describe, expect, test } from 'bun:test';
import { createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import {
  generatePrivateKey,
  privateKeyFromPem,
  privateKeySeed,
  privateKeyToPem,
  publicKeyFromRaw,
  publicKeyOf,
  publicKeySha256,
  rawPublicKey,
} from './keys.ts';

const pemOf = ({ privateKey }: { readonly privateKey: KeyObject }): string =>
  privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('a private key', () => {
  test.each(['ed25519', 'p256'] as const)('of kind %s comes back from its PEM', (kind) => {
    const key = generatePrivateKey(kind);
    const back = privateKeyFromPem(kind, privateKeyToPem(key));
    expect(publicKeySha256(publicKeyOf(back))).toBe(publicKeySha256(publicKeyOf(key)));
  });

  test('of another kind is refused, naming both', () => {
    const pem = privateKeyToPem(generatePrivateKey('p256'));
    expect(() => privateKeyFromPem('ed25519', pem)).toThrow('of kind ed25519, found p256');
    const rsa = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }));
    expect(() => privateKeyFromPem('p256', rsa)).toThrow('of kind p256, found rsa');
    const other = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }));
    expect(() => privateKeyFromPem('p256', other)).toThrow('of kind p256, found ec');
  });

  test('that is none is refused without repeating it', () => {
    const secret = 'not a key but maybe a secret';
    expect(() => privateKeyFromPem('p256', secret)).toThrow('this is no p256 private key in PEM');
  });
});

describe('an Ed25519 key', () => {
  test('has a raw public form of 32 bytes, which comes back', () => {
    const key = publicKeyOf(generatePrivateKey('ed25519'));
    const raw = rawPublicKey(key);
    expect(raw).toHaveLength(32);
    const back = publicKeyFromRaw(raw);
    expect(back.ok && rawPublicKey(back.value)).toEqual(raw);
  });

  test('of RFC 8032 section 7.1, test 1, has the seed and public key that stand there', () => {
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex').toString('base64');
    const key = privateKeyFromPem(
      'ed25519',
      `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`,
    );
    expect(Buffer.from(privateKeySeed(key)).toString('hex')).toBe(seed);
    expect(Buffer.from(rawPublicKey(publicKeyOf(key))).toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
  });

  test.each([
    ['00'.repeat(32), 4],
    [`01${'00'.repeat(31)}`, 1],
    ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 8],
    ['c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 8],
    [`ec${'ff'.repeat(30)}7f`, 2],
  ])('%s, under which one signature in %i is anyone’s, is refused', (hex, order) => {
    const x = Buffer.from(hex, 'hex').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const forged = Buffer.alloc(64);
    forged[0] = 1; // R is the neutral point, S is zero: nobody signed this
    const messages = Array.from({ length: 64 * order }, (_, i) => Buffer.from([i >> 8, i]));
    expect(messages.some((message) => verify(null, message, key, forged))).toBe(true);
    expect(publicKeyFromRaw(Buffer.from(hex, 'hex')).ok).toBe(false);
    const negative = Buffer.from(hex, 'hex');
    negative[31] = (negative[31] ?? 0) | 0x80;
    expect(publicKeyFromRaw(negative).ok).toBe(false);
  });

  test('of another length is refused', () => {
    expect(publicKeyFromRaw(new Uint8Array(31))).toEqual({
      ok: false,
      error: 'an Ed25519 public key has 32 bytes, not 31',
    });
  });
});
