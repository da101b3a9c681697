import 'reflect-metadata';
import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import type { NodeName } from '../core/index.ts';
import { createAuthorityCertificate } from './authority-certificate.ts';
import { checkListedCa } from './ca-chain.ts';
import { issueSvid, openIssuer } from './issuer.ts';
import { generatePrivateKey, publicKeyOf } from './keys.ts';
import { certificateDer, pemOf } from './pem.ts';
import { createAuthorityCsr } from './request-writer.ts';
import { HOUR_MS, NOW, random, trustDomain, WEB } from './testing/index.ts';

const YEAR_MS = 365 * 24 * HOUR_MS;
const node = 'n1' as NodeName; // a label, by inspection
const key = generatePrivateKey('p256');
const publicKey = publicKeyOf(generatePrivateKey('p256'));

/** A CA certificate of twenty years, and an SVID below it, both PEM. */
function pair(now = NOW) {
  const ca = createAuthorityCertificate({
    key,
    trustDomain,
    node,
    now,
    random,
    lifeMs: 20 * YEAR_MS,
  });
  const issuer = openIssuer(trustDomain, key, ca);
  const leaf = issueSvid({ issuer, publicKey, spiffeId: WEB, now, lifeMs: HOUR_MS, random });
  return { ca, leaf };
}

describe('what is written here is read alike by others:', () => {
  test('the CA certificate of an authority', () => {
    const read = new x509.X509Certificate(pair().ca);
    const seen = Object.fromEntries(read.extensions.map((e) => [e.type, e.critical]));
    expect(seen).toEqual({
      '2.5.29.19': true,
      '2.5.29.15': true,
      '2.5.29.17': false,
      '2.5.29.14': false,
    });
    const constraints = read.getExtension(x509.BasicConstraintsExtension);
    expect([constraints?.ca, constraints?.pathLength]).toEqual([true, 0]);
    const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
    expect(read.getExtension(x509.KeyUsagesExtension)?.usages).toBe(keyCertSign | cRLSign);
    expect(read.subject).toMatch(/^CN=n1, (serialNumber|2\.5\.4\.5)=[0-9a-f]{20}$/);
    const names = read.getExtension(x509.SubjectAlternativeNameExtension)?.names.items;
    expect(names?.map(({ type, value }) => [type, value])).toEqual([
      ['url', 'spiffe://shop.example'],
    ]);
  });

  test.each([
    ['before', Date.UTC(2049, 11, 31, 23)],
    ['and after', Date.UTC(2050, 0, 1, 1)],
  ])('dates %s the year 2050, where their form changes', (_, now) => {
    const read = new X509Certificate(pair(now).ca);
    expect(read.validFromDate.getTime()).toBe(now - 60_000);
    expect(read.validToDate.getTime()).toBe(now + 20 * YEAR_MS);
  });

  test('the key identifier, by the first method of RFC 7093', () => {
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
    const id = createHash('sha256').update(raw).digest('hex').slice(0, 40);
    const leaf = new x509.X509Certificate(pair().leaf.der);
    expect(leaf.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId).toBe(id);
  });

  test('a request for a CA certificate', async () => {
    const request = new x509.Pkcs10CertificateRequest(
      new Uint8Array(createAuthorityCsr(key, { trustDomain, node })),
    );
    expect(await request.verify()).toBe(true);
    const wanted = request.extensions.map(({ rawData }) => Buffer.from(rawData).toString('hex'));
    const own = new x509.X509Certificate(pair().ca);
    expect(wanted).toEqual(own.extensions.map((e) => Buffer.from(e.rawData).toString('hex')));
    expect(request.subject).toBe(own.subject);
  });
});

const openssl = Bun.which('openssl');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'selvage-x509-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What `openssl` says to these words, a file beside the others for each name that ends in .pem, .key or .csr. */
function runOpenssl(words: string): string {
  const args = words
    .split(' ')
    .map((word) => (/\.(?:pem|key|csr)$/.test(word) ? join(folder, word) : word));
  const { stdout, stderr } = spawnSync('openssl', args);
  return `${stdout}${stderr}`;
}

describe.skipIf(openssl === null)('OpenSSL', () => {
  test('finds nothing wrong with an SVID and its authority, however strict', () => {
    const { ca, leaf } = pair();
    writeFileSync(join(folder, 'ca.pem'), ca);
    writeFileSync(join(folder, 'leaf.pem'), leaf.pem);
    for (const purpose of ['sslserver', 'sslclient']) {
      const verify = `verify -x509_strict -purpose ${purpose} -attime ${NOW / 1_000}`;
      expect(runOpenssl(`${verify} -CAfile ca.pem leaf.pem`)).toBe(
        `${join(folder, 'leaf.pem')}: OK\n`,
      );
    }
    expect(certificateDer(leaf.pem)).toEqual(new Uint8Array(leaf.der));
  });

  test('makes a CA certificate of a request as the guide says, which is then taken', () => {
    const csr = createAuthorityCsr(key, { trustDomain, node });
    writeFileSync(join(folder, 'authority.csr'), pemOf('CERTIFICATE REQUEST', csr));
    runOpenssl(
      'req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 3 -subj /CN=Root -addext keyUsage=critical,keyCertSign',
    );
    const sign = 'x509 -req -in authority.csr -CA ca.pem -CAkey ca.key -days 2';
    runOpenssl(`${sign} -copy_extensions copy -out authority.pem`);
    const [pem, root] = ['authority.pem', 'ca.pem'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    );
    const listed = { pem: pem ?? '', chainPem: [root ?? ''] };
    const checked = checkListedCa(trustDomain, listed, Date.now());
    expect(checked.ok ? 'taken' : checked.error).toBe('taken');
    expect(() => openIssuer(trustDomain, key, listed.pem)).not.toThrow();
  });
});
