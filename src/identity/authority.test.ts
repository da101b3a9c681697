import { describe, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import {
  BACKDATE_MS,
  certificateDer,
  createAuthorityCertificate,
  createCsr,
  generatePrivateKey,
  publicKeyOf,
  publicKeySha256,
  rawPublicKey,
  verifySvid,
} from '../crypto/index.ts';
import { bundleOf, HOUR_MS, idOf, NOW, random, trustDomain, WEB } from '../crypto/testing/index.ts';
import type { LedgerEntry } from '../ports/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../ports/testing/index.ts';
import { Authority } from './authority.ts';
import { verifyCredential } from './membership-credential.ts';

const METRIC = 'selvage_identities_issued_total';

const node = 'n1' as NodeName; // a label, by inspection

async function start({ lifeMs = 24 * HOUR_MS } = {}) {
  const key = generatePrivateKey('p256');
  const params = { key, trustDomain, node, now: NOW, lifeMs, random };
  const certificatePem = createAuthorityCertificate(params);
  const clock = new FakeClock(NOW);
  const log = recordingLog();
  const meter = recordingMeter();
  const entries: LedgerEntry[] = [];
  const ledger = { append: (entry: LedgerEntry) => void entries.push(entry) };
  const parts = { trustDomain, key, certificatePem, clock, random, ledger, log, meter };
  const authority = new Authority(parts);
  return { authority, entries, clock, log, meter, bundle: bundleOf(certificatePem) };
}

const requestFor = (id = WEB) => createCsr(generatePrivateKey('p256'), id);

describe('an authority', () => {
  test('signs the identity that is due, and tells the ledger', async () => {
    const { authority, bundle, entries } = await start();
    const key = generatePrivateKey('p256');
    const csrDer = createCsr(key, WEB);
    const issued = await authority.issue({
      csrDer,
      expected: WEB,
      node,
      trustVersion: 7,
      lifeMs: HOUR_MS,
    });
    if (!issued.ok) throw new Error(issued.error.detail);
    const { chainPem, serial, notAfter } = issued.value;
    const facts = verifySvid(certificateDer(chainPem[0] ?? ''), bundle, { now: NOW });
    if (!facts.ok) throw new Error(facts.error.detail);
    expect(facts).toMatchObject({ value: { spiffeId: WEB, serial, notAfter } });
    expect(notAfter).toBe(NOW + HOUR_MS);
    expect(entries).toEqual([
      {
        kind: 'svid-issued',
        spiffeId: WEB,
        node,
        serial,
        publicKeySha256: publicKeySha256(publicKeyOf(key)),
        authorityKeySha256: authority.keySha256,
        notBefore: facts.value.notBefore,
        notAfter,
      },
    ]);
  });

  test('signs nothing for a request that names another identity (CVE-2022-40716)', async () => {
    const { authority, entries, meter, log } = await start();
    const csrDer = await requestFor(idOf('spiffe://shop.example/ns/default/sa/payments'));
    const refused = await authority.issue({
      csrDer,
      expected: WEB,
      node,
      trustVersion: 7,
      lifeMs: HOUR_MS,
    });
    expect(refused).toMatchObject({ ok: false, error: { reason: 'other-identity' } });
    expect(meter.value(METRIC, { kind: 'x509-svid', result: 'other-identity' })).toBe(1);
    expect(entries).toEqual([]);
    expect(log.lines.map(({ message }) => message)).toEqual(['svid refused']);
  });

  test('signs nothing for what is no request, and counts why', async () => {
    const { authority, entries, meter } = await start();
    const csrDer = new Uint8Array([1, 2, 3]);
    const refused = await authority.issue({
      csrDer,
      expected: WEB,
      node,
      trustVersion: 7,
      lifeMs: HOUR_MS,
    });
    expect(refused).toMatchObject({ ok: false, error: { reason: 'malformed' } });
    expect(meter.value(METRIC, { kind: 'x509-svid', result: 'malformed' })).toBe(1);
    expect(entries).toEqual([]);
  });

  test('signs nothing for another trust domain', async () => {
    const { authority } = await start();
    const expected = idOf('spiffe://other.example/ns/default/sa/web');
    const request = {
      csrDer: await requestFor(expected),
      expected,
      node,
      trustVersion: 7,
      lifeMs: HOUR_MS,
    };
    expect(await authority.issue(request)).toMatchObject({
      ok: false,
      error: { reason: 'other-trust-domain' },
    });
  });

  test('signs nothing that would outlive its own certificate, and nothing after its end', async () => {
    const { authority, clock } = await start({ lifeMs: HOUR_MS });
    const request = {
      csrDer: await requestFor(),
      expected: WEB,
      node,
      trustVersion: 7,
      lifeMs: 5 * HOUR_MS,
    };
    expect(await authority.issue(request)).toMatchObject({ value: { notAfter: NOW + HOUR_MS } });
    clock.advance(HOUR_MS + 1_000);
    expect(await authority.issue(request)).toMatchObject({
      error: { reason: 'authority-expired' },
    });
  });

  test('signs membership credentials that begin a minute back and end with its certificate', async () => {
    const { authority, bundle, entries } = await start({ lifeMs: HOUR_MS });
    const publicKey = rawPublicKey(publicKeyOf(generatePrivateKey('ed25519')));
    const request = { node: 'n2' as NodeName, publicKey, epoch: 1, lifeMs: 5 * HOUR_MS };
    const { credential, expiresAt } = authority.issueCredential(request);
    expect(expiresAt).toBe(NOW + HOUR_MS);
    expect(verifyCredential(credential, publicKey, bundle, NOW)).toMatchObject({
      ok: true,
      value: { node: 'n2', epoch: 1, notBefore: NOW - BACKDATE_MS, expiresAt: NOW + HOUR_MS },
    });
    expect(entries).toEqual([
      {
        kind: 'credential-issued',
        node: request.node,
        epoch: 1,
        nodeKey: Buffer.from(publicKey).toString('hex'),
        authorityKeySha256: authority.keySha256,
        notBefore: NOW - BACKDATE_MS,
        notAfter: expiresAt,
      },
    ]);
  });

  test('shows its key nowhere, not even to a logger that takes it whole', async () => {
    const { authority } = await start();
    expect(Bun.inspect(authority, { depth: 10 })).not.toContain('PRIVATE');
    expect(JSON.stringify(authority)).toBe(
      JSON.stringify({ certificatePem: authority.certificatePem, keySha256: authority.keySha256 }),
    );
  });
});
