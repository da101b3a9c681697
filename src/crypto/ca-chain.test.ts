import { beforeAll, describe, expect, test } from 'bun:test';
import { checkListedCa } from './ca-chain.ts';
import {
  bundleOf,
  HOUR_MS,
  issuerOf,
  type KeyedCertificate,
  type MadeUpAuthority,
  type MadeUpCertificate,
  makeUpAuthority,
  makeUpCa,
  makeUpLeaf,
  NOW,
  newAuthority,
  rawExtension,
  rsaOf,
  trustDomain,
  USAGE,
} from './testing/index.ts';
import { verifySvid } from './verify-svid.ts';

let root: KeyedCertificate;
beforeAll(async () => {
  root = await makeUpCa({ subject: 'CN=Enterprise Root', algorithm: rsaOf(2_048) });
});

/** Our CA below an intermediate of the enterprise below its root; the last parameters change what is wrong. */
async function chain(middle: MadeUpCertificate = {}, own: MadeUpAuthority = {}) {
  const between = await makeUpCa({ subject: 'CN=Between', pathLength: 1, ...middle }, root);
  const { pem } = await makeUpAuthority({ pathLength: 0, ...own }, between);
  return { pem, chainPem: [between.pem, root.pem] };
}

const problemOf = (listed: Parameters<typeof checkListedCa>[1], now = NOW): string => {
  const checked = checkListedCa(trustDomain, listed, now);
  return checked.ok ? 'none' : checked.error;
};

describe('a CA certificate is listed', () => {
  test('when its own key signed it', async () => {
    const { issuer } = await newAuthority();
    expect(problemOf({ pem: issuer.pem })).toBe('none');
  });

  test('when an enterprise PKI signed it, of whatever keys', async () => {
    expect(problemOf(await chain())).toBe('none');
    expect(problemOf(await chain({ pathLength: 7 }))).toBe('none');
  });

  test('without the root of the PKI, which proves nothing more', async () => {
    const { pem, chainPem } = await chain();
    expect(problemOf({ pem, chainPem: chainPem.slice(0, 1) })).toBe('none');
  });
});

describe('a CA certificate is not listed', () => {
  test('when neither its own key signed it nor anybody who is named', async () => {
    const { pem } = await chain();
    expect(problemOf({ pem })).toContain('it is not signed by its own key: list the certificates');
  });

  test('when its chain is another’s, or in another order', async () => {
    const [one, other] = [await chain(), await chain()];
    expect(problemOf({ pem: one.pem, chainPem: other.chainPem })).toBe(
      'certificate 1 of its chain did not sign what is below it',
    );
    expect(problemOf({ pem: one.pem, chainPem: one.chainPem.toReversed() })).toBe(
      'certificate 1 of its chain did not sign what is below it',
    );
    expect(problemOf({ pem: one.pem, chainPem: ['garbage'] })).toBe(
      'certificate 1 of its chain: this is no certificate in PEM',
    );
  });

  const cases: readonly (readonly [string, MadeUpCertificate, string])[] = [
    ['is no CA', { isAuthority: false }, 'is no CA certificate'],
    [
      'may not sign certificates',
      { keyUsage: USAGE.digitalSignature },
      'may not sign certificates',
    ],
    [
      'allows no CA below it',
      { pathLength: 0 },
      'allows 0 CA certificates below it, and there are 1',
    ],
    ['has expired', { notAfter: NOW - 1_000 }, 'ended at'],
    ['has a weak key', { algorithm: rsaOf(1_024) }, 'has an RSA key of 1024 bits'],
    ['has not begun', { notBefore: NOW + 1_000 }, 'begins at'],
    [
      'has a critical extension that nobody here reads',
      { more: [rawExtension('2.5.29.30', true, [0x30, 0])] },
      'has the critical extension 551d1e',
    ],
  ];
  test.each(cases)('when the intermediate above it %s', async (_, middle, problem) => {
    expect(problemOf(await chain(middle))).toContain(`certificate 1 of its chain ${problem}`);
  });

  test('when its own dates are over', async () => {
    expect(problemOf(await chain({}, { notAfter: NOW - 1_000 }))).toContain('it ended at');
  });

  test('when the PKI took the name of the trust domain out, or put another in', async () => {
    const wrong = 'its URI name is not spiffe://shop.example alone';
    expect(problemOf(await chain({}, { uris: [] }))).toBe(wrong);
    expect(problemOf(await chain({}, { uris: ['spiffe://other.example'] }))).toBe(wrong);
  });
});

describe('an authority below an enterprise PKI', () => {
  test('anchors what it signed, and nobody above it does', async () => {
    const between = await makeUpAuthority({ name: 'CN=Between' }, root);
    const own = await makeUpAuthority({ pathLength: 0 }, between);
    const bundle = bundleOf(own.pem);
    const verdict = async (signer: KeyedCertificate) => {
      const verified = verifySvid(await makeUpLeaf(issuerOf(signer)), bundle, { now: NOW });
      return verified.ok ? 'verified' : verified.error.reason;
    };
    expect(await verdict(own)).toBe('verified');
    expect(await verdict(between)).toBe('unknown-authority');
    // Nor does a CA below it: leaves stand directly below an anchor.
    expect(await verdict(await makeUpAuthority({ name: 'CN=n9' }, own))).toBe('unknown-authority');
  });

  test('goes on when the PKI above it has expired: the governors decide, not the PKI', async () => {
    const between = await makeUpCa({ subject: 'CN=Between', notAfter: NOW }, root);
    const own = await makeUpAuthority({}, between);
    const leaf = await makeUpLeaf(issuerOf(own));
    expect(verifySvid(leaf, bundleOf(own.pem), { now: NOW + HOUR_MS / 2 }).ok).toBe(true);
  });
});
