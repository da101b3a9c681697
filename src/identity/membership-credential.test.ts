import { beforeAll, describe, expect, test } from 'bun:test';
import { decode, encode } from '@ipld/dag-cbor';
import fc from 'fast-check';
import type { Namespace, NodeName } from '../core/index.ts';
import {
  generatePrivateKey,
  type Issuer,
  publicKeyOf,
  Revocations,
  rawPublicKey,
  signContext,
  TrustBundle,
} from '../crypto/index.ts';
import { HOUR_MS, NOW, newAuthority, trustDomain } from '../crypto/testing/index.ts';
import { CLOCK_TOLERANCE_MS } from './clock-tolerance.ts';
import {
  type CredentialRefusalReason,
  firstEpochFrom,
  MAX_CREDENTIAL_BYTES,
  signCredential,
  verifyCredential,
} from './membership-credential.ts';

const node = 'n2' as NodeName; // a label, by inspection
const publicKey = rawPublicKey(publicKeyOf(generatePrivateKey('ed25519')));
const wanted = { node, publicKey, epoch: 3, notBefore: NOW, expiresAt: NOW + HOUR_MS };

let issuer: Issuer;
let authorities: TrustBundle;
let credential: Uint8Array;
beforeAll(async () => {
  ({ issuer, bundle: authorities } = await newAuthority(48 * HOUR_MS, { now: NOW - HOUR_MS }));
  credential = signCredential(issuer, wanted);
});

function outcome(
  bytes: Uint8Array,
  { key = publicKey, now = NOW, bundle = authorities } = {},
): 'member' | CredentialRefusalReason {
  const result = verifyCredential(bytes, key, bundle, now);
  return result.ok ? 'member' : result.error.reason;
}

/** What an authority's key signs, whatever it says. */
function signedPayload(payload: Uint8Array): Uint8Array {
  const authority = new Uint8Array(Buffer.from(issuer.certificate.publicKeySha256, 'hex'));
  return encode([payload, authority, signContext(issuer.key, 'selvage/credential/v1', payload)]);
}

const fields = {
  id: 'spiffe://shop.example/node/n2',
  key: publicKey,
  epoch: 1,
  from: NOW,
  to: NOW,
};

describe('a membership credential', () => {
  test('says which node has the key, by whose word, and for how long', () => {
    expect(verifyCredential(credential, publicKey, authorities, NOW)).toEqual({
      ok: true,
      // Verified only adds a mark that the type checker alone sees
      value: {
        ...wanted,
        spiffeId: 'spiffe://shop.example/node/n2',
        authorityKeySha256: issuer.certificate.publicKeySha256,
      } as never,
    });
  });

  test('is nobody’s by the word of an authority that may sign for some namespaces alone', () => {
    const namespaces = ['n2', 'node'] as Namespace[]; // labels, by inspection
    const bundle = new TrustBundle(trustDomain, [{ pem: issuer.pem, namespaces }]);
    expect(outcome(credential, { bundle })).toBe('other-namespace');
  });

  test('of a revoked node stays refused, however often a thief renews it; a key that joins later is good', () => {
    const beforeMs = NOW - 60_000;
    const revocations = new Revocations([{ kind: 'node', node, beforeMs }], []);
    const bundle = authorities.revoking(revocations);
    const epochAt = (at: number) => Math.floor(at / 1_000);
    const renewed = signCredential(issuer, { ...wanted, epoch: epochAt(beforeMs) });
    expect(outcome(renewed)).toBe('member');
    expect(outcome(renewed, { bundle })).toBe('revoked');
    const epoch = firstEpochFrom(revocations.earliestForNode(node));
    expect(outcome(signCredential(issuer, { ...wanted, epoch }), { bundle })).toBe('member');
  });

  test('with an epoch of the future is refused: it would own its name for ever', () => {
    const at = (ms: number) => signCredential(issuer, { ...wanted, epoch: Math.floor(ms / 1_000) });
    expect(outcome(at(NOW + CLOCK_TOLERANCE_MS))).toBe('member');
    expect(outcome(at(NOW + CLOCK_TOLERANCE_MS + 1_000))).toBe('not-yet-valid');
    expect(outcome(signCredential(issuer, { ...wanted, epoch: Number.MAX_SAFE_INTEGER }))).toBe(
      'not-yet-valid',
    );
  });

  test('of another key is refused: it was copied', () => {
    const key = rawPublicKey(publicKeyOf(generatePrivateKey('ed25519')));
    expect(outcome(credential, { key })).toBe('other-key');
    expect(outcome(credential, { key: new Uint8Array() })).toBe('other-key');
  });

  test('holds within its dates, and a minute around them for clocks that differ', () => {
    const at = (now: number) => outcome(credential, { now });
    expect(at(NOW - CLOCK_TOLERANCE_MS)).toBe('member');
    expect(at(NOW - CLOCK_TOLERANCE_MS - 1)).toBe('not-yet-valid');
    expect(at(NOW + HOUR_MS + CLOCK_TOLERANCE_MS)).toBe('member');
    expect(at(NOW + HOUR_MS + CLOCK_TOLERANCE_MS + 1)).toBe('expired');
  });

  test('of an authority that is not in force is refused', async () => {
    const other = await newAuthority();
    expect(outcome(signCredential(other.issuer, wanted))).toBe('unknown-authority');
    expect(outcome(credential, { bundle: other.bundle })).toBe('unknown-authority');
    const short = await newAuthority(HOUR_MS / 2);
    const held = { bundle: short.bundle, now: NOW + HOUR_MS };
    expect(outcome(signCredential(short.issuer, wanted), held)).toBe('unknown-authority');
  });

  test('whose signature was made for another purpose is refused', () => {
    const payload = encode(fields);
    const authority = new Uint8Array(Buffer.from(issuer.certificate.publicKeySha256, 'hex'));
    const signature = signContext(issuer.key, 'selvage/record/v1', payload);
    expect(outcome(encode([payload, authority, signature]))).toBe('bad-signature');
    expect(outcome(signedPayload(payload))).toBe('member');
  });

  test('of a workload is none', () => {
    const id = 'spiffe://shop.example/ns/node/sa/n2';
    expect(outcome(signedPayload(encode({ ...fields, id })))).toBe('malformed');
    const below = 'spiffe://shop.example/node/n2/more';
    expect(outcome(signedPayload(encode({ ...fields, id: below })))).toBe('malformed');
  });

  test('of another trust domain is refused, even when an authority of ours signed it', () => {
    const id = 'spiffe://other.example/node/n2';
    expect(outcome(signedPayload(encode({ ...fields, id })))).toBe('wrong-name');
  });

  test.each([
    ['a negative epoch', { epoch: -1 }],
    ['an epoch that is no whole number', { epoch: 1.5 }],
    ['a key that is text', { key: 'abc' }],
    ['an end that is missing', { to: null }],
  ])('with %s is malformed', (_, change) => {
    expect(outcome(signedPayload(encode({ ...fields, ...change })))).toBe('malformed');
  });

  test('with something unsigned beside its three parts is malformed', () => {
    const parts = decode<Uint8Array[]>(credential);
    expect(outcome(encode(parts))).toBe('member');
    expect(outcome(encode([...parts, new Uint8Array(1)]))).toBe('malformed');
  });

  test('of more bytes than one has is refused unread', () => {
    const padded = encode({ ...fields, more: new Uint8Array(MAX_CREDENTIAL_BYTES) });
    expect(outcome(signedPayload(padded))).toBe('malformed');
  });

  test('with any byte changed makes no member, and no bytes make the check throw', () => {
    fc.assert(
      fc.property(fc.nat(credential.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = new Uint8Array(credential);
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(outcome(changed)).not.toBe('member');
      }),
      { seed: 51, numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => expect(outcome(bytes)).toBe('malformed')),
      { seed: 52 },
    );
  });
});
