import { describe, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import {
  BACKDATE_MS,
  certificateDer,
  createAuthorityCertificate,
  createCsr,
  generatePrivateKey,
  publicKeyOf,
  rawPublicKey,
  TrustBundle,
  verifySvid,
} from '../crypto/index.ts';
import { HOUR_MS, idOf, NOW, random, trustDomain, WEB } from '../crypto/testing/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { Authority } from './authority.ts';
import { verifyCredential } from './membership-credential.ts';

const METRIC = 'selvage_identities_issued_total';

async function start({ lifeMs = 24 * HOUR_MS } = {}) {
  const key = generatePrivateKey('p256');
  const node = 'n1' as NodeName; // a label, by inspection
  const params = { key, trustDomain, node, now: NOW, lifeMs, random };
  const certificatePem = await createAuthorityCertificate(params);
  const clock = new FakeClock(NOW);
  const log = recordingLog();
  const meter = recordingMeter();
  const parts = { trustDomain, key, certificatePem, clock, random, log, meter };
  const authority = new Authority(parts);
  return { authority, clock, log, meter, bundle: new TrustBundle(trustDomain, [certificatePem]) };
}

const requestFor = (id = WEB) => createCsr(generatePrivateKey('p256'), id);

describe('an authority', () => {
  test('signs the identity that is due, counts it and logs it', async () => {
    const { authority, bundle, log, meter } = await start();
    const csrDer = await requestFor();
    const issued = await authority.issue({ csrDer, expected: WEB, lifeMs: HOUR_MS });
    if (!issued.ok) throw new Error(issued.error.detail);
    const { chainPem, serial, notAfter } = issued.value;
    const facts = verifySvid(certificateDer(chainPem[0] ?? ''), bundle, { now: NOW });
    expect(facts).toMatchObject({ ok: true, value: { spiffeId: WEB, serial, notAfter } });
    expect(notAfter).toBe(NOW + HOUR_MS);
    expect(meter.value(METRIC, { kind: 'x509-svid', result: 'issued' })).toBe(1);
    expect(log.lines).toEqual([
      {
        level: 'info',
        message: 'svid issued',
        fields: { spiffeId: WEB, serial, notAfter: new Date(notAfter).toISOString() },
      },
    ]);
  });

  test('signs nothing for a request that names another identity (CVE-2022-40716)', async () => {
    const { authority, meter, log } = await start();
    const csrDer = await requestFor(idOf('spiffe://shop.example/ns/default/sa/payments'));
    const refused = await authority.issue({ csrDer, expected: WEB, lifeMs: HOUR_MS });
    expect(refused).toMatchObject({ ok: false, error: { reason: 'other-identity' } });
    expect(meter.value(METRIC, { kind: 'x509-svid', result: 'other-identity' })).toBe(1);
    expect(meter.value(METRIC, { kind: 'x509-svid', result: 'issued' })).toBe(0);
    expect(log.lines.map(({ message }) => message)).toEqual(['svid refused']);
  });

  test('signs nothing for what is no request', async () => {
    const { authority } = await start();
    const csrDer = new Uint8Array([1, 2, 3]);
    const refused = await authority.issue({ csrDer, expected: WEB, lifeMs: HOUR_MS });
    expect(refused).toMatchObject({ ok: false, error: { reason: 'bad-request' } });
  });

  test('signs nothing for another trust domain', async () => {
    const { authority } = await start();
    const expected = idOf('spiffe://other.example/ns/default/sa/web');
    const request = { csrDer: await requestFor(expected), expected, lifeMs: HOUR_MS };
    expect(await authority.issue(request)).toMatchObject({
      ok: false,
      error: { reason: 'other-trust-domain' },
    });
  });

  test('signs nothing that would outlive its own certificate, and nothing after its end', async () => {
    const { authority, clock } = await start({ lifeMs: HOUR_MS });
    const request = { csrDer: await requestFor(), expected: WEB, lifeMs: 5 * HOUR_MS };
    expect(await authority.issue(request)).toMatchObject({ value: { notAfter: NOW + HOUR_MS } });
    clock.advance(HOUR_MS + 1_000);
    expect(await authority.issue(request)).toMatchObject({
      error: { reason: 'authority-expired' },
    });
  });

  test('signs membership credentials that begin a minute back and end with its certificate', async () => {
    const { authority, bundle, meter } = await start({ lifeMs: HOUR_MS });
    const publicKey = rawPublicKey(publicKeyOf(generatePrivateKey('ed25519')));
    const request = { node: 'n2' as NodeName, publicKey, epoch: 1, lifeMs: 5 * HOUR_MS };
    const { credential, expiresAt } = authority.issueCredential(request);
    expect(expiresAt).toBe(NOW + HOUR_MS);
    expect(verifyCredential(credential, publicKey, bundle, NOW)).toMatchObject({
      ok: true,
      value: { node: 'n2', epoch: 1, notBefore: NOW - BACKDATE_MS, expiresAt: NOW + HOUR_MS },
    });
    expect(meter.value(METRIC, { kind: 'membership-credential', result: 'issued' })).toBe(1);
  });

  test('shows its key nowhere, not even to a logger that takes it whole', async () => {
    const { authority } = await start();
    expect(Bun.inspect(authority, { depth: 10 })).not.toContain('PRIVATE');
    expect(JSON.stringify(authority)).toBe(
      JSON.stringify({ certificatePem: authority.certificatePem, keySha256: authority.keySha256 }),
    );
  });
});
