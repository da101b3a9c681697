import { expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  DEFAULT_NAMESPACE,
  type Namespace,
  type NodeName,
  SERVICE_PROTOCOLS,
  serviceKey,
  workloadSpiffeId,
} from '../../core/index.ts';
import { TestIssuer } from '../../identity/testing/index.ts';
import { MAX_TARGET_BYTES } from '../limits.ts';
import { trustDomain } from '../testing/index.ts';
import { DEFAULT_SETTINGS } from './contents.ts';
import { decodeTarget, decodeTrustDomain } from './decode-target.ts';
import { encodeTarget } from './encode-target.ts';
import type { TargetContent } from './resource.ts';

const domain = trustDomain();
const DAY_MS = 86_400_000;

/** Of RFC 7515 appendix A.3, whose thumbprint anybody can compute. */
const TOKEN_KEY = {
  kid: 'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const namespace = label.map((text) => text as Namespace);
const identity = fc.tuple(namespace, label).map(([ns, sa]) => workloadSpiffeId(domain, ns, sa));
const lifeMs = fc.integer({ min: 10, max: 604_800 }).map((seconds) => seconds * 1_000);

const service = fc
  .record({
    key: fc.tuple(namespace, label).map(([ns, name]) => serviceKey(ns, name)),
    protocol: fc.constantFrom(...SERVICE_PROTOCOLS),
    identities: fc.uniqueArray(identity, { minLength: 1, maxLength: 5 }).map((ids) => ids.sort()),
    connectTimeoutMs: fc.integer({ min: 1, max: DAY_MS }),
    requestTimeoutMs: fc.integer({ min: 1, max: DAY_MS }),
    port: fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
  })
  .map(
    ({ port, ...rest }): TargetContent => ({
      kind: 'Service',
      service: { ...rest, ...(port === undefined ? {} : { port }) },
    }),
  );

const nodes = fc
  .uniqueArray(label, { minLength: 1, maxLength: 4 })
  .map((names) => names.sort() as NodeName[]);
const registration = fc
  .record({
    place: fc.tuple(namespace, label, label),
    nodes: fc.oneof(fc.constant('any' as const), nodes),
    uid: fc.oneof(fc.constant('node' as const), fc.nat()),
    executable: fc.option(
      label.map((name) => `/usr/bin/${name}`),
      { nil: undefined },
    ),
  })
  .map(
    ({ place: [ns, name, account], nodes: where, uid, executable }): TargetContent => ({
      kind: 'Registration',
      registration: {
        key: `${ns}/${name}`,
        spiffeId: workloadSpiffeId(domain, ns, account),
        nodes: where,
        selectors: { uid, ...(executable === undefined ? {} : { executable }) },
      },
    }),
  );

const header = fc.stringMatching(/^x-[a-z0-9]{1,5}$/);
const claimNames = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 4 })
  .map((names) => names.sort());
const authentication = fc
  .record({
    name: label,
    issuer: label.map((name) => `https://${name}.example`),
    audiences: fc.uniqueArray(label, { minLength: 1, maxLength: 4 }).map((names) => names.sort()),
    issuerKeys: fc.constantFrom(
      { keys: [new TestIssuer('RS256').jwk] },
      { keys: [new TestIssuer('EdDSA').jwk] },
      { keys: [], jwksUri: 'https://login.example/keys' },
      { keys: [], ofMesh: true as const },
    ),
    groupsClaim: label,
    claims: claimNames,
  })
  .map(
    ({ issuerKeys, ...value }): TargetContent => ({
      kind: 'RequestAuthentication',
      authentication: { ...value, ...issuerKeys },
    }),
  );

const settings = fc
  .record({
    svidLifeMs: lifeMs,
    credentialLifeMs: lifeMs,
    maxStalenessMs: fc.integer({ min: 600, max: 30 * 86_400 }).map((seconds) => seconds * 1_000),
    whenStale: fc.constantFrom('keep' as const, 'deny' as const),
    policyHeaders: fc.uniqueArray(header, { maxLength: 4 }).map((names) => names.sort()),
    tokens: fc.constantFrom({}, { tokenIssuer: 'https://tokens.shop.example/mesh' }),
  })
  .map(
    ({ tokens, ...value }): TargetContent => ({
      kind: 'MeshSettings',
      settings: { ...value, ...tokens },
    }),
  );

const policy = fc
  .record({
    name: label,
    text: fc.string({ unit: 'grapheme', maxLength: 200 }),
    place: fc.option(namespace, { nil: undefined }),
  })
  .map(
    ({ place, ...value }): TargetContent => ({
      kind: 'Policy',
      policy: { ...value, ...(place === undefined ? {} : { namespace: place }) },
    }),
  );

const hex = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
const pem = label.map(
  (text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`,
);
const atMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
const until = fc.option(atMs, { nil: undefined });

const nodeName = label.map((name) => name as NodeName);
const authority = fc
  .record({
    node: nodeName,
    onlineKey: hex,
    certificates: fc.array(
      fc
        .tuple(
          pem,
          fc.option(fc.array(pem, { minLength: 1, maxLength: 4 }), { nil: undefined }),
          until,
        )
        .map(([text, chainPem, untilMs]) => ({
          pem: text,
          ...(chainPem === undefined ? {} : { chainPem }),
          ...(untilMs === undefined ? {} : { untilMs }),
        })),
      { minLength: 1, maxLength: 4 },
    ),
    namespaces: fc.oneof(
      fc.constant('any' as const),
      fc.uniqueArray(namespace, { minLength: 1, maxLength: 4 }).map((names) => names.sort()),
    ),
    tokenKeys: fc.constantFrom([], [{ ...TOKEN_KEY }], [{ ...TOKEN_KEY, untilMs: 7 }]),
  })
  .map((value): TargetContent => ({ kind: 'Authority', authority: value }));

const retiring = fc.tuple(authority, atMs).map(([value, untilMs]): TargetContent => {
  if (value.kind !== 'Authority') throw new Error('made as one');
  const { onlineKey: _, certificates, tokenKeys, ...rest } = value.authority;
  const going = <Key extends object>(keys: readonly Key[]) =>
    keys.map((key) => ({ ...key, untilMs }));
  const upheld = { ...rest, certificates: going(certificates), tokenKeys: going(tokenKeys) };
  return { kind: 'RetiringAuthority', retiring: upheld };
});

const reason = fc.constantFrom('', 'stolen');
const beforeMs = atMs.map((at) => at - (at % 1_000));
const revocation = fc
  .oneof(
    fc.record({ kind: fc.constant('workload' as const), spiffeId: identity, beforeMs }),
    fc.record({ kind: fc.constant('node' as const), node: nodeName, beforeMs }),
    fc.record({ kind: fc.constant('authority' as const), keySha256: hex }),
    fc.record({ kind: fc.constant('key' as const), keySha256: hex }),
  )
  .chain((what) => fc.record({ name: label, reason }).map((rest) => ({ ...rest, ...what })))
  .map((value): TargetContent => ({ kind: 'Revocation', revocation: value }));

const attestation = fc
  .record({
    name: label,
    kind: fc.constant('x509pop' as const),
    certificates: fc.array(pem, { minLength: 1, maxLength: 8 }),
    naming: fc.constantFrom(
      { nodeName: 'commonName' as const },
      { nodeName: 'dns' as const, dnsDomain: 'hosts.example' },
    ),
  })
  .map(({ naming, ...rest }) => ({ ...rest, ...naming }))
  .map((value): TargetContent => ({ kind: 'NodeAttestation', attestation: value }));

test('every content is read back as it was written, and has one spelling', () => {
  const content = fc.oneof(
    ...[service, registration, authentication, settings, policy],
    ...[authority, retiring, revocation, attestation],
  );
  fc.assert(
    fc.property(content, (value) => {
      const { path, bytes } = encodeTarget(value, domain);
      const read = decodeTarget(path, bytes, domain);
      expect(read).toEqual({ ok: true, value });
      if (read.ok) expect(encodeTarget(read.value, domain).bytes).toEqual(bytes);
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('arbitrary bytes at any path are refused with a reason, never thrown', () => {
  const path = fc.constantFrom(
    'settings.json',
    'ns/default/services/web.json',
    'ns/default/registrations/web.json',
    'ns/shop/policies/Bad Name.cedar',
    'authorities/n1.json',
    'revocations/a.json',
    'attestations/a.json',
    'authentications/login.json',
    'policies/Bad Name.cedar',
    'elsewhere/x.json',
  );
  fc.assert(
    fc.property(
      path,
      fc.oneof(
        fc.uint8Array(),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (at, bytes) => {
        const read = decodeTarget(at, bytes, domain);
        expect(read.ok ? '' : read.error).not.toBe('');
      },
    ),
    { seed: 2, numRuns: 300 },
  );
});

test('a content at another’s path is refused: a path can grant nothing', () => {
  const key = serviceKey(DEFAULT_NAMESPACE, 'web');
  const { bytes } = encodeTarget(
    {
      kind: 'Service',
      service: {
        key,
        protocol: 'http',
        identities: [workloadSpiffeId(domain, DEFAULT_NAMESPACE, 'web')],
        connectTimeoutMs: 1_000,
        requestTimeoutMs: 1_000,
      },
    },
    domain,
  );
  const read = decodeTarget('ns/default/services/payments.json', bytes, domain);
  expect(read.ok ? '' : read.error).toBe('it holds what belongs at ns/default/services/web.json');
});

test('what an authority that signs no more signed counts until a date, never without one', () => {
  const text = (until: string) =>
    `{"apiVersion":"selvage.dev/v1alpha1","kind":"RetiringAuthority","metadata":{"name":"n2"},"spec":{"certificates":[{"pem":"-----BEGIN CERTIFICATE-----"${until}}]}}`;
  const read = (until: string) =>
    decodeTarget('retiring/n2.json', Buffer.from(text(until)), domain).ok;
  expect([read(',"until":"2030-01-01T00:00:00.000Z"'), read('')]).toEqual([true, false]);
});

test('a content that is too large is not read', () => {
  const read = decodeTarget('policies/a.cedar', new Uint8Array(MAX_TARGET_BYTES + 1), domain);
  expect(read.ok ? '' : read.error).toContain(`at most ${MAX_TARGET_BYTES}`);
});

test('settings say which trust domain they are for', () => {
  const value = { ...DEFAULT_SETTINGS, credentialLifeMs: 3_600_000 };
  const { bytes } = encodeTarget({ kind: 'MeshSettings', settings: value }, domain);
  expect(decodeTrustDomain(bytes)).toEqual({ ok: true, value: domain });
  expect(decodeTrustDomain(Buffer.from('{}')).ok).toBe(false);
  expect(decodeTarget('settings.json', bytes, trustDomain('other.example')).ok).toBe(false);
});
