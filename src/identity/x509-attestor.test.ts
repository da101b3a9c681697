import { describe, expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { provePossession } from '../crypto/index.ts';
import {
  HOUR_MS,
  type KeyedCertificate,
  type MadeUpCertificate,
  makeUpCa,
  makeUpHost,
  NOW,
  rsaOf,
} from '../crypto/testing/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import type { NodeAttestation } from './node-attestation.ts';
import type { Applicant } from './node-attestor.ts';
import { X509Attestor } from './x509-attestor.ts';

const ca = await makeUpCa();
const applicant: Applicant = {
  node: 'n2' as NodeName, // a label
  publicKey: new Uint8Array(32),
  challenge: new Uint8Array(32).fill(1),
};

const attestation = (nodeName: NodeAttestation['nodeName'], by = ca): NodeAttestation => ({
  name: 'corp',
  kind: 'x509pop',
  certificates: [by.pem],
  nodeName,
  ...(nodeName === 'dns' ? { dnsDomain: 'hosts.example' } : {}),
});

const judge = (
  host: KeyedCertificate,
  attestations: readonly NodeAttestation[] = [attestation('commonName')],
  more: { isRevoked?: (key: string) => boolean; challenge?: Uint8Array } = {},
) => {
  const { isRevoked = () => false, challenge = applicant.challenge } = more;
  const clock = new FakeClock(NOW);
  const attestor = new X509Attestor({ attestations: () => attestations, isRevoked, clock });
  const signature = provePossession(host.privateKey, challenge);
  return attestor.check({ kind: 'x509pop', chain: [host.der], signature }, applicant);
};

const problemOf = (...question: Parameters<typeof judge>): string => {
  const judged = judge(...question);
  return judged.ok ? 'none' : `${judged.error.code}: ${judged.error.message}`;
};

describe('the name of the node', () => {
  test('is the common name, or the label of the DNS name below the domain, as the resource says', async () => {
    const host = await makeUpHost(ca, { subject: 'CN=n2', dns: ['N2.hosts.example'] });
    expect(problemOf(host, [attestation('commonName')])).toBe('none');
    expect(problemOf(host, [attestation('dns')])).toBe('none');
  });

  const wrong: readonly (readonly [string, MadeUpCertificate, NodeAttestation['nodeName']])[] = [
    ['0 common names', { subject: 'O=n2' }, 'commonName'],
    ['2 common names', { subject: 'CN=n2, CN=n3' }, 'commonName'],
    ['is no node name', { subject: 'CN=n2.hosts.example' }, 'commonName'],
    ['0 DNS names', {}, 'dns'],
    ['2 DNS names', { dns: ['n2.example', 'n3.example'] }, 'dns'],
    ['is for the node n3, not for n2', { subject: 'CN=n3' }, 'commonName'],
    ['is no node name', { dns: ['*.hosts.example'] }, 'dns'],
    ['does not stand directly below hosts.example', { dns: ['n2.dev.hosts.example'] }, 'dns'],
    ['does not stand directly below hosts.example', { dns: ['n2.example'] }, 'dns'],
    ['does not stand directly below hosts.example', { dns: ['n2.hosts.example.evil'] }, 'dns'],
    ['does not stand directly below hosts.example', { dns: ['n2'] }, 'dns'],
  ];
  test.each(wrong)('is refused: %s', async (problem, options, nodeName) => {
    expect(problemOf(await makeUpHost(ca, options), [attestation(nodeName)])).toContain(problem);
  });

  test('may be any that one of several resources gives', async () => {
    const host = await makeUpHost(ca, { subject: 'CN=other', dns: ['n2.hosts.example'] });
    const both = [attestation('dns'), attestation('commonName')];
    expect(problemOf(host, both)).toBe('none');
    expect(problemOf(host, both.toReversed())).toBe('none');
  });
});

test('a host is a member that may take its own name over, and no name of an authority', async () => {
  expect(judge(await makeUpHost(ca))).toEqual({
    ok: true,
    value: { sinceMs: NOW - HOUR_MS, takesOver: 'members' },
  });
});

test('keys of RSA prove their possession as well', async () => {
  const algorithm = rsaOf(2_048);
  const own = await makeUpCa({ algorithm });
  const host = await makeUpHost(own, { algorithm });
  expect(problemOf(host, [attestation('commonName', own)])).toBe('none');
});

test('a proof for another conversation is none', async () => {
  const challenge = new Uint8Array(32).fill(2);
  expect(problemOf(await makeUpHost(ca), undefined, { challenge })).toBe(
    'HOST_NOT_VOUCHED: it does not prove that it holds the key of its certificate',
  );
});

test('a certificate without its key is none', async () => {
  const [host, thief] = [await makeUpHost(ca), await makeUpHost(ca)];
  const mixed = { ...host, privateKey: thief.privateKey };
  expect(problemOf(mixed)).toContain('does not prove');
});

test('a revoked key is refused, whatever certificate it has', async () => {
  const revoked: string[] = [];
  const isRevoked = (key: string) => revoked.push(key) > 0;
  expect(problemOf(await makeUpHost(ca), undefined, { isRevoked })).toContain('its key is revoked');
  expect(revoked[0]).toMatch(/^[0-9a-f]{64}$/);
});

test('where no resource is in force nobody is attested', async () => {
  expect(problemOf(await makeUpHost(ca), [])).toContain('no NodeAttestation is in force');
});
