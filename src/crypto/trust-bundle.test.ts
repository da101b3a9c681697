import 'reflect-metadata';
import { describe, expect, test } from 'bun:test';
import * as x509 from '@peculiar/x509';
import { certificateToPem } from './pem.ts';
import { bundleOf, HOUR_MS, makeUpLeaf, NOW, newAuthority } from './testing/index.ts';
import { verifySvid } from './verify-svid.ts';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const OWN_ID = 'spiffe://shop.example';

interface MadeUpAuthority {
  readonly algorithm?: typeof ECDSA;
  readonly isAuthority?: boolean;
  readonly keyUsage?: number;
  readonly critical?: boolean;
  readonly uris?: readonly string[];
  readonly keyId?: boolean;
  readonly more?: readonly x509.Extension[];
}

/** A CA certificate made without any of our own code, PEM; what is left out is as it should be. */
async function makeUpAuthority(authority: MadeUpAuthority = {}): Promise<string> {
  const algorithm = authority.algorithm ?? ECDSA;
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const usage = authority.keyUsage ?? x509.KeyUsageFlags.keyCertSign;
  const uris = authority.uris ?? [OWN_ID];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=n1',
    serialNumber: '01',
    notBefore: new Date(NOW - HOUR_MS),
    notAfter: new Date(NOW + HOUR_MS),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(authority.isAuthority ?? true, undefined, true),
      new x509.KeyUsagesExtension(usage, authority.critical ?? true),
      new x509.SubjectAlternativeNameExtension(
        uris.map((value) => ({ type: 'url' as const, value })),
      ),
      ...(authority.keyId === false
        ? []
        : [await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)]),
      ...(authority.more ?? []),
    ],
  });
  return certificate.toString('pem');
}

describe('a CA certificate', () => {
  test('of an authority anchors', async () => {
    const bundle = bundleOf(await makeUpAuthority());
    expect(bundle.problems).toEqual([]);
    expect(bundle.anchors).toHaveLength(1);
  });

  const unknown = new x509.Extension('2.5.29.30', true, new Uint8Array([0x30, 0]));
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
    ['with name constraints that nobody here reads', { more: [unknown] }, 'that is not known'],
    [
      'with a key of another curve',
      { algorithm: { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' } },
      'its key is not P-256',
    ],
  ];
  test.each(cases)('%s anchors nothing, and the bundle says why', async (_, authority, problem) => {
    const bundle = bundleOf(await makeUpAuthority(authority));
    expect(bundle.anchors).toEqual([]);
    expect(bundle.problems[0]).toContain(problem);
  });

  test('that its own key did not sign anchors nothing', async () => {
    const { issuer } = await newAuthority();
    const forged = new Uint8Array(issuer.certificate.der);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const bundle = bundleOf(certificateToPem(forged));
    expect(bundle.problems).toEqual(['CA certificate 1 of 1: it is not signed by its own key']);
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
