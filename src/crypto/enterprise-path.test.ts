import { describe, expect, test } from 'bun:test';
import { MAX_ENTERPRISE_CHAIN, verifyEnterprisePath } from './enterprise-path.ts';
import {
  HOUR_MS,
  type KeyedCertificate,
  type MadeUpCertificate,
  makeUpCa,
  makeUpHost,
  NOW,
  newAuthority,
  PURPOSES,
  rawExtension,
  rsaOf,
  USAGE,
} from './testing/index.ts';

const root = await makeUpCa({ subject: 'CN=Corp Root' });
const middle = await makeUpCa({ subject: 'CN=Corp Hosts', pathLength: 0 }, root);

const problemOf = (
  chain: readonly KeyedCertificate[],
  anchors: readonly KeyedCertificate[] = [root],
  now = NOW,
): string => {
  const ders = chain.map(({ der }) => der);
  const verified = verifyEnterprisePath(
    ders,
    anchors.map(({ pem }) => pem),
    now,
  );
  return verified.ok ? 'none' : verified.error;
};

describe('an enterprise vouches for a host', () => {
  test('whose certificate a listed CA signed, directly or by way of others', async () => {
    expect(problemOf([await makeUpHost(root)])).toBe('none');
    expect(problemOf([await makeUpHost(middle), middle])).toBe('none');
    expect(problemOf([await makeUpHost(middle), middle, root])).toBe('none');
  });

  test.each([
    ['RSA', rsaOf(2_048)],
    ['RSA and SHA-384', rsaOf(3_072, 'SHA-384')],
    ['P-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }],
    ['P-521', { name: 'ECDSA', namedCurve: 'P-521', hash: 'SHA-512' }],
  ])('with keys of %s', async (_, algorithm) => {
    const ca = await makeUpCa({ algorithm });
    expect(problemOf([await makeUpHost(ca, { algorithm })], [ca])).toBe('none');
  });

  test('by its own CA among several, of which one cannot be read', async () => {
    const host = await makeUpHost(root);
    const anchors = [await makeUpCa(), { ...root, pem: 'no PEM' }, root];
    expect(problemOf([host], anchors)).toBe('none');
  });
});

describe('a host is refused', () => {
  const ofHost: readonly (readonly [string, string, MadeUpCertificate])[] = [
    ['that is not yet valid', "the host's certificate begins at", { notBefore: NOW + 1_000 }],
    ['that has ended', "the host's certificate ended at", { notAfter: NOW - 1_000 }],
    ['of a CA', 'a CA certificate is that of no host', { isAuthority: true }],
    ['that may sign certificates', 'is that of a CA', { keyUsage: USAGE.keyCertSign }],
    ['for encryption only', 'lacks digitalSignature', { keyUsage: USAGE.keyEncipherment }],
    ['for servers only', 'lacks clientAuth', { purposes: [PURPOSES.server] }],
    [
      'with a critical extension that is not known',
      'has the critical extension 2a03 (hex)',
      { more: [rawExtension('1.2.3', true, [5, 0])] },
    ],
    ['with an RSA key of 1,024 bits', '1024 bits, fewer', { algorithm: rsaOf(1_024) }],
    [
      'with an Ed25519 key',
      'has a key that is neither',
      { algorithm: { name: 'Ed25519', hash: '' } },
    ],
  ];
  test.each(ofHost)('with a certificate %s', async (_, problem, options) => {
    expect(problemOf([await makeUpHost(root, options)])).toContain(problem);
  });

  test('by a CA that is not listed, though its name is', async () => {
    const namesake = await makeUpCa({ subject: root.subject });
    expect(problemOf([await makeUpHost(namesake)])).toBe(
      "no listed CA signed the host's certificate",
    );
    const forged = await makeUpHost(root, { signer: namesake });
    expect(problemOf([forged, namesake])).toBe('no listed CA signed certificate 2 of the chain');
  });

  test('when a certificate of its chain is missing, or they stand in another order', async () => {
    const host = await makeUpHost(middle);
    expect(problemOf([host])).toBe("no listed CA signed the host's certificate");
    expect(problemOf([host, root, middle])).toContain('not signed by the next one');
    expect(problemOf([])).toBe('there is no certificate');
  });

  const ofCa: readonly (readonly [string, string, MadeUpCertificate])[] = [
    ['is no CA', 'is no CA certificate', { isAuthority: false }],
    ['may not sign', 'may not sign certificates', { keyUsage: USAGE.digitalSignature }],
    ['does not say what it may', 'may not sign certificates', { keyUsage: null }],
    ['has ended', 'certificate 2 of the chain ended at', { notAfter: NOW - 1_000 }],
    ['is not yet valid', 'certificate 2 of the chain begins at', { notBefore: NOW + 1_000 }],
    [
      'constrains names',
      'certificate 2 of the chain has the critical extension 551d1e',
      { more: [rawExtension('2.5.29.30', true, [0x30, 0])] },
    ],
    [
      'constrains names, and says that nobody needs to know',
      'certificate 2 of the chain has name constraints',
      { more: [rawExtension('2.5.29.30', false, [0x30, 0])] },
    ],
    ['has a weak key', '1024 bits, fewer', { algorithm: rsaOf(1_024) }],
    ['signs by SHA-1', 'is not signed by', { algorithm: rsaOf(2_048, 'SHA-1') }],
  ];
  test.each(ofCa)('when a CA between it and the listed one %s', async (_, problem, options) => {
    const between = await makeUpCa({ subject: 'CN=Between', ...options }, root);
    expect(problemOf([await makeUpHost(between), between])).toContain(problem);
  });

  test('when a CA has more others below it than it allows', async () => {
    const deeper = await makeUpCa({ subject: 'CN=Deeper' }, middle);
    expect(problemOf([await makeUpHost(deeper), deeper, middle])).toBe(
      'certificate 3 of the chain allows 0 CA certificates below it, and there are 1',
    );
    const shallow = await makeUpCa({ subject: 'CN=Shallow', pathLength: 0 });
    const below = await makeUpCa({ subject: 'CN=Below' }, shallow);
    expect(problemOf([await makeUpHost(below), below], [shallow])).toContain('allows 0');
  });

  test('when the listed CA certificate has ended, or is none', async () => {
    const host = await makeUpHost(root, { notAfter: NOW + 3 * HOUR_MS });
    expect(problemOf([host], [root], NOW + 2 * HOUR_MS)).toStartWith(
      'the listed CA certificate ended at',
    );
    const leaf = await makeUpHost(root);
    const below = await makeUpHost(leaf);
    expect(problemOf([below], [leaf])).toContain('is no CA certificate');
  });

  test('by an authority of a mesh: it vouches for workloads, and no CA of it is listed', async () => {
    const { issuer } = await newAuthority();
    const host = await makeUpHost(root);
    expect(problemOf([host], [{ ...root, pem: issuer.pem }])).toContain('no listed CA');
  });

  test('with more certificates than are read', async () => {
    const host = await makeUpHost(root);
    const many = Array.from({ length: MAX_ENTERPRISE_CHAIN }, () => middle);
    expect(problemOf([host, ...many])).toBe('6 certificates; at most 5 are read');
  });

  test('for bytes that are no certificate', () => {
    const verified = verifyEnterprisePath([new Uint8Array([1, 2, 3])], [root.pem], NOW);
    expect(verified.ok).toBe(false);
  });
});
