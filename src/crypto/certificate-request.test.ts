import 'reflect-metadata';
import { describe, expect, test } from 'bun:test';
import * as x509 from '@peculiar/x509';
import fc from 'fast-check';
import { MAX_REQUEST_BYTES, parseCsr } from './certificate-request.ts';
import { generatePrivateKey, publicKeyOf } from './keys.ts';
import { createCsr } from './request-writer.ts';
import { USAGE, WEB } from './testing/index.ts';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  publicExponent: new Uint8Array([1, 0, 1]),
};
const uri = (value: string) => ({ type: 'url' as const, value });
const names = (...list: { type: 'url' | 'dns'; value: string }[]) =>
  new x509.SubjectAlternativeNameExtension(list);

/** A request made without any of our own code, DER. */
async function makeUpRequest(
  extensions: x509.Extension[],
  algorithm: typeof ECDSA | (typeof RSA & { modulusLength: number }) = ECDSA,
): Promise<Uint8Array> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in keys)) throw new Error('not an algorithm of key pairs');
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys,
    signingAlgorithm: algorithm,
    extensions,
  });
  return new Uint8Array(request.rawData);
}

const problemOf = (der: Uint8Array): string => {
  const result = parseCsr(der);
  return result.ok ? 'none' : `${result.error.reason}: ${result.error.detail}`;
};

describe('a certificate request', () => {
  test('for one SPIFFE ID with a P-256 key is taken', async () => {
    expect(problemOf(await makeUpRequest([names(uri(WEB))]))).toBe('none');
  });

  test('of our own is one for everybody else, too', async () => {
    const key = generatePrivateKey('p256');
    const der = createCsr(key, WEB);
    expect(problemOf(der)).toBe('none');
    const read = new x509.Pkcs10CertificateRequest(new Uint8Array(der));
    expect(await read.verify()).toBe(true);
    const [altNames] = read.extensions;
    expect(altNames?.rawData).toEqual(names(uri(WEB)).rawData);
    expect(read.extensions).toHaveLength(1);
  });

  const oneName = 'wrong-name: it must ask for exactly one URI name and no name of another kind';
  const cases: readonly (readonly [string, string, x509.Extension[]])[] = [
    ['for two SPIFFE IDs', oneName, [names(uri(WEB), uri(`${WEB}2`))]],
    ['for a DNS name beside', oneName, [names(uri(WEB), { type: 'dns', value: 'a.example' })]],
    ['for a DNS name only', oneName, [names({ type: 'dns', value: 'a.example' })]],
    [
      "for the trust domain's own ID",
      "wrong-name: it asks for the trust domain's own ID",
      [names(uri('spiffe://shop.example'))],
    ],
    ['for no SPIFFE ID (CVE-2022-40716)', 'wrong-name: ', [names(uri('https://shop.example/a'))]],
    [
      'for a CA certificate',
      'wants-authority: it asks for a CA certificate',
      [names(uri(WEB)), new x509.BasicConstraintsExtension(true)],
    ],
    [
      'that wants to sign certificates',
      'wants-authority: it asks for a CA certificate',
      [names(uri(WEB)), new x509.KeyUsagesExtension(USAGE.keyCertSign)],
    ],
    [
      'for key usages',
      'wants-extensions: it asks for key usages',
      [names(uri(WEB)), new x509.ExtendedKeyUsageExtension(['1.3.6.1.5.5.7.3.1'])],
    ],
    [
      'for something that nobody knows',
      'wants-extensions: it asks for an extension that is not known',
      [names(uri(WEB)), new x509.Extension('1.3.6.1.4.1.99999.1', false, new Uint8Array([5, 0]))],
    ],
  ];
  test.each(cases)('%s is refused', async (_, problem, extensions) => {
    expect(problemOf(await makeUpRequest(extensions))).toContain(problem);
  });

  test.each([
    ['RSA of 1,024 bits', { ...RSA, modulusLength: 1_024 }],
    ['RSA of 2,048 bits', { ...RSA, modulusLength: 2_048 }],
    ['the curve P-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }],
    ['the curve P-521', { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }],
  ])('with a key of %s is refused', async (_, algorithm) => {
    expect(problemOf(await makeUpRequest([names(uri(WEB))], algorithm))).toBe(
      'wrong-key: its key is not P-256',
    );
  });

  test('with a signature that is not its own is refused', async () => {
    const der = createCsr(generatePrivateKey('p256'), WEB);
    der[der.length - 3] = (der.at(-3) ?? 0) ^ 1;
    expect(problemOf(der)).toBe('bad-signature: its signature is wrong');
  });

  test('for a key that did not sign it is refused: nobody asks for the key of another', () => {
    const key = generatePrivateKey('p256');
    const [own, other] = [key, generatePrivateKey('p256')].map((one) =>
      publicKeyOf(one).export({ format: 'der', type: 'spki' }),
    );
    const der = Buffer.from(createCsr(key, WEB));
    der.set(other ?? [], der.indexOf(own ?? ''));
    expect(problemOf(der)).toBe('bad-signature: its signature is wrong');
  });

  test('of more bytes than one has is refused unread', () => {
    expect(problemOf(new Uint8Array(MAX_REQUEST_BYTES + 1))).toContain('at most 4096 are read');
  });

  test('with any byte changed is refused, and never throws', async () => {
    const der = createCsr(generatePrivateKey('p256'), WEB);
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = new Uint8Array(der);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(problemOf(changed)).not.toBe('none');
      }),
      { seed: 31, numRuns: 500 },
    );
  });
});
