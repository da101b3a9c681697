import { describe, expect, test } from 'bun:test';
import type { Namespace } from '../core/index.ts';
import { HOUR_MS, idOf, makeUpLeaf, NOW, newAuthority, trustDomain } from './testing/index.ts';
import { type BundleEntry, TrustBundle } from './trust-bundle.ts';
import { verifySvid } from './verify-svid.ts';

const { issuer } = await newAuthority();
const SHOP = ['shop', 'pay-ments'] as Namespace[]; // labels, by inspection

const bundle = (...entries: readonly Partial<BundleEntry>[]): TrustBundle =>
  new TrustBundle(
    trustDomain,
    entries.map((entry) => ({ pem: issuer.pem, namespaces: 'any', ...entry })),
  );

async function outcome(id: string, within: TrustBundle, now = NOW): Promise<string> {
  const result = verifySvid(await makeUpLeaf(issuer, { uris: [id] }), within, { now });
  return result.ok ? 'verified' : result.error.reason;
}

describe('an authority that is limited to namespaces', () => {
  const limited = bundle({ namespaces: SHOP });

  test('is believed for workloads of these', async () => {
    expect(await outcome('spiffe://shop.example/ns/shop/sa/web', limited)).toBe('verified');
    expect(await outcome('spiffe://shop.example/ns/pay-ments/sa/api', limited)).toBe('verified');
  });

  test.each([
    '/ns/default/sa/web',
    '/ns/shop2/sa/web',
    '/ns/sho/sa/web',
    '/ns/pay.ments/sa/api', // CVE-2026-39350: no character is a pattern
    '/ns/Shop/sa/web',
    '/ns/shop',
    '/ns/shop/sa',
    '/ns/shop/sa/web/more',
    '/x/ns/shop/sa/web',
    '/node/n1',
    '/node/shop',
  ])('is believed by nobody for %s', async (path) => {
    expect(await outcome(`spiffe://shop.example${path}`, limited)).toBe('other-namespace');
    expect(await outcome(`spiffe://shop.example${path}`, bundle({}))).toBe('verified');
    expect(limited.anchors[0]?.mayName(idOf(`spiffe://shop.example${path}`))).toBe(false);
  });

  test('does not limit another', async () => {
    const other = await newAuthority(HOUR_MS, { node: 'n2' });
    const both = bundle({ namespaces: SHOP }, { pem: other.issuer.pem });
    const leaf = await makeUpLeaf(other.issuer, { uris: ['spiffe://shop.example/node/n2'] });
    expect(verifySvid(leaf, both, { now: NOW }).ok).toBe(true);
    expect(await outcome('spiffe://shop.example/node/n2', both)).toBe('other-namespace');
  });
});

describe('an authority on its way out', () => {
  const WEB = 'spiffe://shop.example/ns/shop/sa/web';
  const untilMs = NOW + 60_000;
  const key = issuer.certificate.publicKeySha256;

  test('is believed to its last millisecond, and no longer, whatever its certificate says', async () => {
    const leaving = bundle({ untilMs });
    expect(await outcome(WEB, leaving, untilMs)).toBe('verified');
    expect(await outcome(WEB, leaving, untilMs + 1)).toBe('expired');
    expect(leaving.authority(key, untilMs)).toBe(leaving.anchors[0]);
    expect(leaving.authority(key, untilMs + 1)).toBeUndefined();
  });

  test('lives no longer than its certificate for it', () => {
    const late = bundle({ untilMs: NOW + 1_000 * HOUR_MS });
    expect(late.authority(key, NOW + 100 * HOUR_MS)).toBeUndefined();
    expect(late.anchors[0]?.notAfter).toBe(issuer.certificate.notAfter);
  });

  test('is believed further under another certificate of the same key', async () => {
    const both = bundle({ untilMs }, {});
    expect(await outcome(WEB, both, untilMs + 1)).toBe('verified');
    expect(both.authority(key, untilMs + 1)).toBe(both.anchors[1]);
  });
});
