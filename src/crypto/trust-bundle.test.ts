import 'reflect-metadata';
import { describe, expect, test } from 'bun:test';
import * as x509 from '@peculiar/x509';
import {
  bundleOf,
  HOUR_MS,
  type MadeUpAuthority,
  makeUpAuthority,
  makeUpLeaf,
  NOW,
  newAuthority,
  rawExtension,
} from './testing/index.ts';
import { verifySvid } from './verify-svid.ts';

const OWN_ID = 'spiffe://shop.example';

describe('a CA certificate', () => {
  test('of an authority anchors', async () => {
    const bundle = bundleOf((await makeUpAuthority()).pem);
    expect(bundle.problems).toEqual([]);
    expect(bundle.anchors).toHaveLength(1);
  });

  const unknown = rawExtension('1.3.6.1.4.1.99999.1', true, [5, 0]);
  const constraints = (critical: boolean) => rawExtension('2.5.29.30', critical, [0x30, 0]);
  const cases: readonly (readonly [string, MadeUpAuthority, string])[] = [
    ['without the CA flag', { isAuthority: false }, 'it is no CA certificate'],
    [
      'that may not sign certificates',
      { keyUsage: x509.KeyUsageFlags.digitalSignature },
      'its key usage does not say',
    ],
    ['whose key usage is not critical', { critical: false }, 'its key usage does not say'],
    ['of another trust domain', { uris: ['spiffe://other.example'] }, 'its URI name is not'],
    ['with a path in its ID', { uris: [`${OWN_ID}/ns/a/sa/b`] }, 'its URI name is not'],
    ['with two IDs', { uris: [OWN_ID, OWN_ID] }, 'its URI name is not'],
    ['without key identifier', { keyId: false }, 'it has no subject key identifier'],
    ['with an unknown critical extension', { more: [unknown] }, 'that is not known'],
    ['with name constraints', { more: [constraints(true)] }, 'it has name constraints'],
    [
      'with name constraints that call themselves not critical',
      { more: [constraints(false)] },
      'it has name constraints',
    ],
    [
      'with a key of another curve',
      { algorithm: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } },
      'its key is not P-256',
    ],
  ];
  test.each(cases)('%s anchors nothing, and the bundle says why', async (_, authority, problem) => {
    const bundle = bundleOf((await makeUpAuthority(authority)).pem);
    expect(bundle.anchors).toEqual([]);
    expect(bundle.problems[0]).toContain(problem);
  });
});

test('a bad entry is left out and named, and the others go on', async () => {
  const { issuer } = await newAuthority();
  const bundle = bundleOf('garbage', issuer.pem);
  expect(bundle.problems).toEqual(['CA certificate 1 of 2: this is no certificate in PEM']);
  const leaf = await makeUpLeaf(issuer);
  expect(verifySvid(leaf, bundle, { now: NOW }).ok).toBe(true);
});

test('several authorities stand side by side, each for what it signed', async () => {
  const one = await newAuthority();
  const two = await newAuthority(HOUR_MS, { node: 'n2' });
  const both = bundleOf(one.issuer.pem, two.issuer.pem);
  for (const { issuer } of [one, two]) {
    const result = verifySvid(await makeUpLeaf(issuer), both, { now: NOW });
    expect(result.ok && result.value.authorityKeySha256).toBe(issuer.certificate.publicKeySha256);
  }
});

test('an authority is found by its key while its certificate lives', async () => {
  const { issuer, bundle } = await newAuthority(HOUR_MS);
  const key = issuer.certificate.publicKeySha256;
  expect(bundle.authority(key, NOW)).toBe(bundle.anchors[0]);
  expect(bundle.authority(key, NOW + 2 * HOUR_MS)).toBeUndefined();
  expect(bundle.authority(key, NOW - 2 * HOUR_MS)).toBeUndefined();
  expect(bundle.authority('00'.repeat(32), NOW)).toBeUndefined();
});
