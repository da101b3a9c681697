import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Issuer } from './issuer.ts';
import {
  bundleOf,
  HOUR_MS,
  type MadeUpLeaf,
  makeUpLeaf,
  NOW,
  newAuthority,
  PURPOSES,
  rawExtension,
  USAGE,
  WEB,
} from './testing/index.ts';
import type { TrustBundle } from './trust-bundle.ts';
import { type SvidRefusalReason, verifySvid } from './verify-svid.ts';

let issuer: Issuer;
let bundle: TrustBundle;
beforeAll(async () => {
  ({ issuer, bundle } = await newAuthority());
});

/** 'verified', or the reason why not. */
function outcome(der: Uint8Array, within = bundle, now = NOW): 'verified' | SvidRefusalReason {
  const result = verifySvid(der, within, { now });
  return result.ok ? 'verified' : result.error.reason;
}

describe('a leaf as it should be is verified', () => {
  const cases: Readonly<Record<string, MadeUpLeaf>> = {
    'with nothing special': {},
    'without extended key usage': { purposes: null },
    'with a DNS name beside its URI': { dnsNames: ['web.shop.example'] },
    'with a subject, and names that are not critical': { subject: 'CN=web', namesCritical: false },
    'with an unknown extension that is not critical': {
      more: [rawExtension('1.3.6.1.4.1.99999.1', false, [5, 0])],
    },
    'from its first second': { notBefore: NOW },
    'to its last second': { notAfter: NOW },
  };
  test.each(Object.entries(cases))('%s', async (_, leaf) => {
    expect(outcome(await makeUpLeaf(issuer, leaf))).toBe('verified');
  });
});

describe('a leaf is refused', () => {
  const cases: readonly (readonly [string, SvidRefusalReason, MadeUpLeaf])[] = [
    ['with two URI names', 'wrong-name', { uris: [WEB, `${WEB}2`] }],
    ['with a DNS name only', 'wrong-name', { uris: [], dnsNames: ['web.shop.example'] }],
    [
      'whose DNS name looks like a SPIFFE ID (CVE-2022-21656)',
      'wrong-name',
      { uris: [], dnsNames: [WEB] },
    ],
    ['without any name', 'wrong-name', { uris: [], subject: `CN=${WEB}` }],
    ['with NUL in its name (CVE-2025-66220)', 'wrong-name', { uris: [`${WEB}\0.evil.example`] }],
    [
      'with a trust domain in upper case',
      'wrong-name',
      { uris: ['spiffe://SHOP.example/ns/a/sa/b'] },
    ],
    [
      'with a dot segment in its path',
      'wrong-name',
      { uris: ['spiffe://shop.example/ns/../sa/b'] },
    ],
    ["with the trust domain's own ID", 'wrong-name', { uris: ['spiffe://shop.example'] }],
    ['with a trailing slash', 'wrong-name', { uris: [`${WEB}/`] }],
    ['with an https name', 'wrong-name', { uris: ['https://shop.example/ns/default/sa/web'] }],
    [
      'with an empty subject and names that are not critical',
      'wrong-name',
      { namesCritical: false },
    ],
    [
      'of another trust domain',
      'other-trust-domain',
      { uris: ['spiffe://shop.example.evil/ns/default/sa/web'] },
    ],
    [
      'of a trust domain where a dot is another character (CVE-2026-39350)',
      'other-trust-domain',
      { uris: ['spiffe://shopxexample/ns/default/sa/web'] },
    ],
    ['that is a CA', 'wrong-use', { isAuthority: true }],
    ['without key usage', 'wrong-use', { keyUsage: null }],
    ['whose key usage is not critical', 'wrong-use', { keyUsageCritical: false }],
    [
      'that may sign certificates',
      'wrong-use',
      { keyUsage: USAGE.digitalSignature | USAGE.keyCertSign },
    ],
    [
      'that may sign revocation lists',
      'wrong-use',
      { keyUsage: USAGE.digitalSignature | USAGE.cRLSign },
    ],
    ['that may not authenticate', 'wrong-use', { keyUsage: USAGE.keyEncipherment }],
    ['for servers only (CVE-2022-21657)', 'wrong-use', { purposes: [PURPOSES.server] }],
    ['for clients only (CVE-2022-21657)', 'wrong-use', { purposes: [PURPOSES.client] }],
    [
      'with an unknown critical extension',
      'unknown-extension',
      { more: [rawExtension('1.3.6.1.4.1.99999.1', true, [5, 0])] },
    ],
    [
      'with an extension that comes twice',
      'malformed',
      { more: [rawExtension('2.5.29.19', true, [0x30, 0])] },
    ],
    [
      'with a length in more octets than DER allows',
      'malformed',
      { keyUsage: null, more: [rawExtension('2.5.29.15', true, [0x03, 0x81, 0x02, 0x07, 0x80])] },
    ],
    [
      'with bytes behind the value of an extension',
      'malformed',
      { keyUsage: null, more: [rawExtension('2.5.29.15', true, [0x03, 2, 7, 0x80, 5, 0])] },
    ],
    ['that begins in a second', 'not-yet-valid', { notBefore: NOW + 1_000 }],
    ['that ended a second ago', 'expired', { notAfter: NOW - 1_000 }],
  ];
  test.each(cases)('%s', async (_, reason, leaf) => {
    expect(outcome(await makeUpLeaf(issuer, leaf))).toBe(reason);
  });

  test('of another CA', async () => {
    const other = await newAuthority();
    expect(outcome(await makeUpLeaf(other.issuer))).toBe('unknown-authority');
  });

  test('of another CA that takes the name of ours', async () => {
    const other = await newAuthority();
    const renamed = { ...issuer, keyId: other.issuer.keyId };
    expect(outcome(await makeUpLeaf(renamed, {}, other.issuer))).toBe('unknown-authority');
  });

  test('of another CA that takes the key identifier of ours', async () => {
    const other = await newAuthority();
    const renamed = { ...other.issuer, keyId: issuer.keyId };
    expect(outcome(await makeUpLeaf(renamed, {}, other.issuer))).toBe('unknown-authority');
  });

  test('of another CA that takes both', async () => {
    const other = await newAuthority();
    expect(outcome(await makeUpLeaf(issuer, {}, other.issuer))).toBe('bad-signature');
  });

  test('whose authority has expired', async () => {
    const short = await newAuthority(HOUR_MS);
    const der = await makeUpLeaf(short.issuer, { notAfter: NOW + 3 * HOUR_MS });
    expect(outcome(der, short.bundle, NOW)).toBe('verified');
    expect(outcome(der, short.bundle, NOW + 2 * HOUR_MS)).toBe('expired');
  });

  test('when the bundle is empty', async () => {
    expect(outcome(await makeUpLeaf(issuer), bundleOf())).toBe('unknown-authority');
  });

  test('when a CA certificate itself is shown', async () => {
    expect(outcome(issuer.certificate.der)).toBe('wrong-name');
  });

  test('with a byte behind it', async () => {
    const der = await makeUpLeaf(issuer);
    expect(outcome(Buffer.concat([der, new Uint8Array(1)]))).toBe('malformed');
  });

  test('when it names two signature algorithms', async () => {
    const der = Buffer.from(await makeUpLeaf(issuer));
    const ecdsaWithSha256 = Buffer.from('2a8648ce3d040302', 'hex');
    const last = der.lastIndexOf(ecdsaWithSha256) + ecdsaWithSha256.length - 1;
    der[last] = 3; // ecdsa-with-SHA384
    expect(outcome(der)).toBe('malformed');
  });

  test('when it is larger than any leaf needs to be', async () => {
    const padding = Array.from({ length: 17_000 }, () => 0);
    const more = [rawExtension('1.3.6.1.4.1.99999.1', false, padding)];
    expect(outcome(await makeUpLeaf(issuer, { more }))).toBe('malformed');
  });
});

test('no byte of a leaf can be changed, and no bytes make the check throw', async () => {
  const der = await makeUpLeaf(issuer);
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = new Uint8Array(der);
      changed[at] = (changed[at] ?? 0) ^ flip;
      expect(outcome(changed)).not.toBe('verified');
    }),
    { seed: 11, numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(outcome(bytes)).toBe('malformed');
    }),
    { seed: 12 },
  );
});
