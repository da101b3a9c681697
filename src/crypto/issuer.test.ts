import 'reflect-metadata';
import { describe, expect, test } from 'bun:test';
import * as x509 from '@peculiar/x509';
import { BACKDATE_MS } from './authority-certificate.ts';
import { parseCsr } from './certificate-request.ts';
import { type IssuedCertificate, issueSvid, openIssuer } from './issuer.ts';
import { generatePrivateKey, publicKeyOf, publicKeySha256 } from './keys.ts';
import { createCsr } from './request-writer.ts';
import { HOUR_MS, NOW, newAuthority, random, trustDomain, WEB } from './testing/index.ts';
import { verifySvid } from './verify-svid.ts';

async function svidOf(
  issuer: Awaited<ReturnType<typeof newAuthority>>['issuer'],
  lifeMs = HOUR_MS,
): Promise<IssuedCertificate & { publicKeySha256: string }> {
  const publicKey = publicKeyOf(generatePrivateKey('p256'));
  const params = { issuer, publicKey, spiffeId: WEB, now: NOW, lifeMs, random };
  return { ...issueSvid(params), publicKeySha256: publicKeySha256(publicKey) };
}

describe('an SVID that an authority issued', () => {
  test('is verified against the bundle, and its facts are those that were asked for', async () => {
    const { issuer, bundle } = await newAuthority();
    const svid = await svidOf(issuer);
    expect(verifySvid(svid.der, bundle, { now: NOW })).toEqual({
      ok: true,
      // Verified only adds a mark that the type checker alone sees
      value: {
        spiffeId: WEB,
        publicKeySha256: svid.publicKeySha256,
        serial: svid.serial,
        notBefore: NOW - BACKDATE_MS,
        notAfter: NOW + HOUR_MS,
        authorityKeySha256: issuer.certificate.publicKeySha256,
      } as never,
    });
  });

  test('has the extensions of X509-SVID, as an independent library reads them', async () => {
    const { issuer } = await newAuthority();
    const leaf = new x509.X509Certificate((await svidOf(issuer)).pem);
    const seen = Object.fromEntries(leaf.extensions.map((e) => [e.type, e.critical]));
    expect(seen).toEqual({
      '2.5.29.19': true, // basic constraints
      '2.5.29.15': true, // key usage
      '2.5.29.37': false, // extended key usage
      '2.5.29.17': true, // subject alternative name: the subject is empty
      '2.5.29.14': false,
      '2.5.29.35': false,
    });
    expect(leaf.subject).toBe('');
    const names = leaf.getExtension(x509.SubjectAlternativeNameExtension)?.names.items;
    expect(names?.map(({ type, value }) => ({ type, value }))).toEqual([
      { type: 'url', value: WEB },
    ]);
    expect(leaf.getExtension(x509.BasicConstraintsExtension)?.ca).toBe(false);
    expect(leaf.getExtension(x509.KeyUsagesExtension)?.usages).toBe(
      x509.KeyUsageFlags.digitalSignature,
    );
  });

  test('never outlives the certificate of its authority', async () => {
    const { issuer } = await newAuthority(HOUR_MS);
    expect((await svidOf(issuer, 10 * HOUR_MS)).notAfter).toBe(NOW + HOUR_MS);
  });

  test('never begins before the certificate of its authority', async () => {
    const { issuer, bundle } = await newAuthority(HOUR_MS, { now: NOW + BACKDATE_MS / 2 });
    const { der } = await svidOf(issuer);
    const facts = verifySvid(der, bundle, { now: NOW });
    expect(facts.ok && facts.value.notBefore).toBe(NOW - BACKDATE_MS / 2);
  });

  test('has a positive serial of 16 octets, another each time', async () => {
    const { issuer } = await newAuthority();
    const serials = new Set<string>();
    for (let i = 0; i < 8; i += 1) serials.add((await svidOf(issuer)).serial);
    expect(serials.size).toBe(8);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
  });
});

describe('an authority', () => {
  test('opens with its own key only', async () => {
    const { issuer } = await newAuthority();
    const other = generatePrivateKey('p256');
    expect(() => openIssuer(trustDomain, other, issuer.pem)).toThrow('the CA key is');
  });

  test('issues for a request that createCsr made', async () => {
    const key = generatePrivateKey('p256');
    const request = parseCsr(createCsr(key, WEB));
    if (!request.ok) throw new Error(request.error.detail);
    expect(request.value.spiffeId).toBe(WEB);
    expect(publicKeySha256(request.value.publicKey)).toBe(publicKeySha256(publicKeyOf(key)));
  });
});
