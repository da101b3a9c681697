import { expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { jwsAlgorithmsOf, parsePublicJwk } from './index.ts';

const rsa = (modulusLength: number, publicExponent = 65_537) =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const p256 = ec('P-256');
const p256Jwk = p256.publicKey.export({ format: 'jwk' });
const rsa2048 = rsa(2_048);

const refusalOf = (value: unknown): string => {
  const parsed = parsePublicJwk(value);
  return parsed.ok ? 'taken' : parsed.error;
};

test('keys of every kind that issuers use are taken, each with the algorithms of its kind', () => {
  const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const found = [rsa2048, p256Jwk, ec('P-521').publicKey.export({ format: 'jwk' }), ed25519].map(
    (jwk) => {
      const key = parsePublicJwk(jwk);
      return key.ok ? [key.value.kty, ...jwsAlgorithmsOf(key.value)] : key.error;
    },
  );
  expect(found).toEqual([
    ['RSA', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
    ['EC', 'ES256'],
    ['EC', 'ES512'],
    ['OKP', 'EdDSA', 'Ed25519'],
  ]);
});

test('a key is kept in one spelling, with nothing but what is read', () => {
  const published = { ...p256Jwk, kid: 'a', alg: 'ES256', use: 'sig', x5c: ['…'], other: 1 };
  expect(parsePublicJwk(published)).toEqual({
    ok: true,
    value: {
      kty: 'EC',
      crv: 'P-256',
      x: p256Jwk.x ?? '',
      y: p256Jwk.y ?? '',
      kid: 'a',
      alg: 'ES256',
    },
  });
});

test('a private key is refused without a word of it', () => {
  const secret = p256.privateKey.export({ format: 'jwk' });
  expect(refusalOf(secret)).toStartWith("'d' belongs to a private key");
  expect(refusalOf(secret)).not.toContain(secret.d ?? '');
  for (const member of ['p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
    expect(refusalOf({ ...rsa2048, [member]: 'AA' })).toStartWith(`'${member}' belongs`);
  }
});

test('a shared secret is no key for tokens', () => {
  expect(refusalOf({ kty: 'oct', k: 'c2VjcmV0' })).toStartWith('it is a shared secret');
});

const refused: readonly (readonly [what: string, value: unknown, words: string])[] = [
  ['no object', [], 'write a JSON Web Key'],
  ['no kind', {}, 'write an RSA key'],
  ['an unknown kind', { kty: 'AKP', pub: 'AA' }, 'write an RSA key'],
  ['an unknown curve', { ...p256Jwk, crv: 'secp256k1' }, 'write an RSA key'],
  ['a curve for key agreement', { kty: 'OKP', crv: 'X25519', x: 'AA' }, 'write an RSA key'],
  ['a point of no curve', { ...p256Jwk, y: p256Jwk.x }, 'they are no point of P-256'],
  ['a point of another curve', { ...p256Jwk, crv: 'P-384' }, 'they are no point of P-384'],
  ['numbers instead of text', { kty: 'RSA', n: 5, e: 3 }, 'write its n and e'],
  ['a short RSA key', rsa(1_024), 'it has 1024 bits'],
  ['an RSA key without bounds', { ...rsa2048, n: 'x'.repeat(4_096) }, 'it has'],
  ['the exponent under which anyone signs', { ...rsa2048, e: 'AQ' }, 'exponent 65537'],
  ['a point of small order', { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }, 'small order'],
  ['a short Ed25519 key', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }, '32 bytes'],
  ['a key for encryption', { ...p256Jwk, use: 'enc' }, 'it is not for signatures'],
  ['a key for other work', { ...p256Jwk, key_ops: ['deriveKey'] }, 'it is not for signatures'],
  ['an algorithm of another kind', { ...p256Jwk, alg: 'RS256' }, 'write one of ES256 as its alg'],
  ['a shared algorithm', { ...rsa2048, alg: 'HS256' }, 'write one of RS256'],
  ['a name that is no text', { ...p256Jwk, kid: 7 }, 'write a kid'],
  ['a name without end', { ...p256Jwk, kid: 'k'.repeat(257) }, 'write a kid'],
];

for (const [what, value, words] of refused) {
  test(`${what} is refused in words`, () => expect(refusalOf(value)).toContain(words));
}

test('no key, however it is damaged, is more than refused; what is taken is read again as it is', () => {
  const member = fc.constantFrom('kty', 'crv', 'n', 'e', 'x', 'y', 'kid', 'alg', 'use', 'key_ops');
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('RSA', 'EC', 'OKP', 'P-256', 'P-521', 'Ed25519', 'ES256', 'sig', 'AQAB'),
    fc.base64String({ maxLength: 60 }),
  );
  const damage = fc.array(fc.tuple(member, value), { maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(rsa2048, p256Jwk, {}), damage, (jwk, changes) => {
      const parsed = parsePublicJwk({ ...jwk, ...Object.fromEntries(changes) });
      if (!parsed.ok) return expect(parsed.error).not.toBe('');
      expect(parsePublicJwk(parsed.value)).toEqual(parsed);
    }),
    { seed: 11, numRuns: 500 },
  );
});
