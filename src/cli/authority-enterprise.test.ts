import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { checkListedCa } from '../crypto/index.ts';
import {
  type KeyedCertificate,
  makeUpAuthority,
  makeUpCa,
  signRequest,
} from '../crypto/testing/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { Scene, TRUST_DOMAIN } from './testing/index.ts';

const now = new FakeClock().now();
const life = { notBefore: now - 3_600_000, notAfter: now + 3_600_000_000 };

/** What `openssl x509 -req` makes of a request when nobody tells it to copy extensions. */
const VERSION_1 = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBOTCB3wIUYuGEMEX6tsYQtsEPSKy4eb1OBYgwCgYIKoZIzj0EAwIwEjEQMA4G',
  'A1UEAwwHQ29ycCBDQTAeFw0yNjExMjAxOTAyMzJaFw0yNjEyMjAxOTAyMzJaMCwx',
  'CzAJBgNVBAMTAm4xMR0wGwYDVQQFExQwMjdlOWRjYjZlZWNkMDUyODU1MTBZMBMG',
  'ByqGSM49AgEGCCqGSM49AwEHA0IABJi89TTJ/gxTYGcYx1xawmoMTRwjYlghdzJ+',
  'yvx2eqFdCgDpp6a7VljJypOL4ehOjI9t3NIah41rf+NkxGr/fpowCgYIKoZIzj0E',
  'AwIDSQAwRgIhAP8rgKqjRwUzqxtSznZI7SCzhETMzbnLUeygorqB4DMiAiEA8gzD',
  'IAnyNVVFNog5528F/NMvWmfjAp8MYOLmy6hFW3g=',
  '-----END CERTIFICATE-----',
].join('\n');

let scene: Scene;
let root: KeyedCertificate;
let between: KeyedCertificate;
beforeEach(async () => {
  scene = new Scene();
  root = await makeUpCa({ subject: 'CN=Enterprise Root', ...life });
  between = await makeUpCa({ subject: 'CN=Enterprise Authorities', ...life }, root);
});
afterEach(() => scene.end());

async function requested(): Promise<string> {
  const csr = scene.path('authority.csr');
  const { code } = await scene.run(['authority', 'request', '--out', csr]);
  expect(code).toBe(0);
  return readFileSync(csr, 'utf8');
}

const imported = (text: string) =>
  scene.run(['authority', 'import', scene.file('chain.pem', text), ...scene.as('ada'), '--yes']);

describe('an authority below an enterprise PKI', () => {
  test('is asked for, signed as it stands, and put in force with its chain', async () => {
    const own = await signRequest(await requested(), between, now);
    const { out, code } = await imported(`Our authority\n${own}\n${between.pem}${root.pem}`);
    expect([code, out]).toEqual([0, expect.stringContaining('published version 2')]);
    const [authority] = scene.node.inForce.authorities;
    const [first, second] = authority?.certificates ?? [];
    expect(first?.chainPem).toHaveLength(2);
    expect(first === undefined || checkListedCa(TRUST_DOMAIN, first, now).ok).toBe(true);
    expect(second?.untilMs).toBeGreaterThan(now);
    expect(authority?.tokenKeys).toHaveLength(1);
  });

  test('is refused before anybody signs, where its chain does not hold', async () => {
    const own = await signRequest(await requested(), between, now);
    const { code, errors } = await imported(`${own}${root.pem}`);
    expect([code, errors]).toEqual([
      2,
      expect.stringContaining('certificate 1 of its chain did not sign what is below it'),
    ]);
    expect(scene.node.inForce.version).toBe(1);
  });

  test('is that of the node’s next key, and of no other', async () => {
    const other = await makeUpAuthority(life, between);
    const { code, errors } = await imported(`${other.pem}${between.pem}`);
    expect([code, errors]).toEqual([2, expect.stringContaining('is of another key')]);
    expect(errors).toContain('selvage authority request');
  });

  test('has the extensions of the request, and who left them out is told how to keep them', async () => {
    const { code, errors } = await imported(VERSION_1);
    expect([code, errors]).toEqual([2, expect.stringContaining('is none of version 3')]);
    expect(errors).toContain('-copy_extensions copy');
  });

  test('is no request, nor any other file', async () => {
    const { code, errors } = await imported(await requested());
    expect([code, errors]).toEqual([2, expect.stringContaining('holds no certificate in PEM')]);
  });
});
