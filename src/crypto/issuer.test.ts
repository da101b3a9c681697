import 'reflect-metadata';
import { describe, expect, test } from 'bun:test';
import * as x509 from '@peculiar/x509';
import type { NodeName } from '../core/index.ts';
import { BACKDATE_MS } from './authority-certificate.ts';
import { parseCsr } from './certificate-request.ts';
import { type IssuedCertificate, issueSvid, openIssuer } from './issuer.ts';
import { generatePrivateKey, publicKeyOf, publicKeySha256 } from './keys.ts';
import { createCsr } from './request-writer.ts';
import { Revocations } from './revocations.ts';
import {
  HOUR_MS,
  malleated,
  NOW,
  newAuthority,
  random,
  trustDomain,
  WEB,
} from './testing/index.ts';
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

test('an SVID says by way of which node it was asked for, and a revocation of that node hits it', async () => {
  const { issuer, bundle } = await newAuthority();
  const publicKey = publicKeyOf(generatePrivateKey('p256'));
  const node = 'n7' as NodeName; // a label
  const params = { issuer, publicKey, spiffeId: WEB, now: NOW, lifeMs: HOUR_MS, random };
  const { der, pem } = issueSvid({ ...params, askedBy: { node, trustVersion: 12 } });
  expect(verifySvid(der, bundle, { now: NOW })).toMatchObject({
    value: { node, trustVersion: 12 },
  });
  const { extensions } = new x509.X509Certificate(pem);
  const extension = extensions.at(-1); // its number is too large for that library to tell
  expect(extension?.critical).toBe(false);
  expect(Buffer.from(extension?.value ?? new ArrayBuffer(0)).toString('latin1')).toBe(
    '\f\x05n7/12',
  );
  const revoking = (name: string) => {
    const revoked = { kind: 'node', node: name as NodeName, beforeMs: NOW } as const;
    return bundle.revoking(new Revocations([revoked], []));
  };
  expect(verifySvid(der, revoking('n7'), { now: NOW })).toMatchObject({
    error: { reason: 'revoked' },
  });
  expect(verifySvid(der, revoking('n8'), { now: NOW }).ok).toBe(true);
});

test('an SVID that is issued after a revocation begins after it, however far back lives begin', async () => {
  const { issuer, bundle } = await newAuthority();
  const publicKey = publicKeyOf(generatePrivateKey('p256'));
  const params = { issuer, publicKey, spiffeId: WEB, lifeMs: HOUR_MS, random };
  const revocations = new Revocations([{ kind: 'workload', spiffeId: WEB, beforeMs: NOW }], []);
  const now = NOW + 5_000;
  const early = issueSvid({ ...params, now });
  const earliestMs = revocations.earliestFor(WEB, 'n1' as NodeName); // a label
  const later = issueSvid({ ...params, now, earliestMs });
  expect(later.notBefore).toBe(NOW + 1_000);
  const outcomes = [early, later].map(({ der }) => {
    const judged = verifySvid(der, bundle.revoking(revocations), { now });
    return judged.ok || judged.error.reason;
  });
  expect(outcomes).toEqual(['revoked', true]);
});

test('a certificate whose signature was changed into another good one stays revoked (CVE-2026-25793)', async () => {
  const { issuer, bundle } = await newAuthority();
  const { der, serial } = await svidOf(issuer);
  const twin = malleated(der);
  expect(Buffer.from(twin).equals(Buffer.from(der))).toBe(false);
  expect(verifySvid(twin, bundle, { now: NOW }).ok).toBe(true);
  const authorityKeySha256 = issuer.certificate.publicKeySha256;
  const taken = { authorityKeySha256, what: { serial }, untilMs: NOW + HOUR_MS };
  const revoking = bundle.revoking(new Revocations([], [taken]));
  expect(verifySvid(twin, revoking, { now: NOW })).toMatchObject({ error: { reason: 'revoked' } });
});
