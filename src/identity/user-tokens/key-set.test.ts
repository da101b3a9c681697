import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { TestIssuer } from '../testing/index.ts';
import { MAX_KEY_SET_BYTES, MAX_KEYS_OF_ISSUER, readKeySet } from './key-set.ts';

const { jwk } = new TestIssuer();
const set = (...keys: readonly unknown[]) => readKeySet(JSON.stringify({ keys, more: 1 }));

test('the keys that tokens can be checked with are read, and the others are left out', () => {
  const rsa = new TestIssuer('RS256').jwk;
  const others = [
    { kty: 'oct', k: 'c2VjcmV0' },
    { ...jwk, use: 'enc' },
    { ...jwk, d: 'AAAA' },
    { kty: 'RSA', n: 'AQAB', e: 'AQAB' },
    { kty: 'PQ', x: 'AAAA' },
    ...[null, 7, 'key', [], {}],
  ];
  expect(set(jwk, ...others, rsa)).toEqual({ ok: true, value: [jwk, rsa] });
});

test('an issuer that publishes no keys has none: nothing it signs is good', () => {
  expect(set()).toEqual({ ok: true, value: [] });
});

test('a key set that is none, or has too many keys, is refused', () => {
  for (const text of ['', 'null', '[]', '7', '{}', '{"keys":{}}', '<html>', '{"keys":[']) {
    expect(readKeySet(text).ok).toBe(false);
  }
  expect(set(...Array(MAX_KEYS_OF_ISSUER).fill(jwk)).ok).toBe(true);
  expect(set(...Array(MAX_KEYS_OF_ISSUER + 1).fill(jwk)).ok).toBe(false);
});

// CVE-2025-64527
test('a JWKS that crashes the parser: none does, however deep, long or odd', () => {
  const deep = '['.repeat(MAX_KEY_SET_BYTES);
  expect(readKeySet(deep).ok).toBe(false);
  expect(readKeySet(`{"keys":[${'{"a":'.repeat(50_000)}`).ok).toBe(false);
  expect(set({ kty: 'RSA', n: 'A'.repeat(200_000), e: 'AQAB' })).toEqual({ ok: true, value: [] });
  const member = fc.constantFrom(
    'kty',
    'crv',
    'x',
    'y',
    'n',
    'e',
    'kid',
    'alg',
    'use',
    '__proto__',
  );
  const value = fc.oneof(fc.constantFrom('EC', 'RSA', 'OKP', 'P-256', 'AAAA'), fc.jsonValue());
  const property = fc.property(fc.array(fc.dictionary(member, value), { maxLength: 3 }), (keys) => {
    expect(set(...keys)).toMatchObject({ ok: true });
  });
  fc.assert(property, { seed: 5, numRuns: 500 });
});
