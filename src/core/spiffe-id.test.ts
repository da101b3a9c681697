import { describe, expect, test } from 'bun:test';
import type { Namespace, NodeName } from './ids.ts';
import {
  nodeSpiffeId,
  parseSpiffeId,
  parseTrustDomain,
  spiffePath,
  spiffeTrustDomain,
  type TrustDomain,
  workloadOf,
  workloadSpiffeId,
} from './spiffe-id.ts';

const domain = 'shop.example' as TrustDomain;

describe('parseSpiffeId', () => {
  const good = [
    'spiffe://shop.example',
    'spiffe://shop.example/ns/default/sa/web',
    'spiffe://shop_1.example/Node/N-1',
    `spiffe://shop.example/${'a'.repeat(2_048 - 'spiffe://shop.example/'.length)}`,
  ];
  for (const id of good) {
    test(`takes ${id.slice(0, 60)}`, () => expect(parseSpiffeId(id).ok).toBe(true));
  }

  const bad = [
    '',
    'shop.example/web',
    'SPIFFE://shop.example/web',
    'spiffe://',
    'spiffe:///web',
    'spiffe://Shop.example/web',
    'spiffe://shop.example:8443/web',
    'spiffe://user@shop.example/web',
    'spiffe://shop.example/',
    'spiffe://shop.example/web/',
    'spiffe://shop.example//web',
    'spiffe://shop.example/./web',
    'spiffe://shop.example/../web',
    'spiffe://shop.example/w%65b',
    'spiffe://shop.example/web?x=1',
    'spiffe://shop.example/web#x',
    'spiffe://shop.example/wéb',
    'spiffe://shop.example/web\0',
    `spiffe://${'a'.repeat(256)}/web`,
    `spiffe://shop.example/${'a'.repeat(2_048)}`,
  ];
  for (const id of bad) {
    test(`refuses ${JSON.stringify(id.slice(0, 60))}`, () =>
      expect(parseSpiffeId(id).ok).toBe(false));
  }
});

test('a trust domain has no upper case, port or slash', () => {
  expect(parseTrustDomain('shop.example').ok).toBe(true);
  for (const text of ['', 'Shop', 'shop:1', 'a/b', 'a b']) {
    expect(parseTrustDomain(text).ok).toBe(false);
  }
});

test('the IDs that the mesh makes are read back into their parts', () => {
  const id = workloadSpiffeId(domain, 'shop' as Namespace, 'catalog');
  expect(parseSpiffeId(id)).toEqual({ ok: true, value: id });
  expect(spiffeTrustDomain(id)).toBe(domain);
  expect(spiffePath(id)).toBe('/ns/shop/sa/catalog');
  expect(workloadOf(id)).toEqual({ namespace: 'shop' as Namespace, serviceAccount: 'catalog' });
  expect(workloadOf(nodeSpiffeId(domain, 'n1' as NodeName))).toBeUndefined();
});
