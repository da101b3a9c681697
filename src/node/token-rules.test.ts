import { beforeEach, expect, test } from 'bun:test';
import { type Revocation, TrustBundle } from '../crypto/index.ts';
import { DEFAULT_SETTINGS } from '../governance/index.ts';
import { jwksDocument, jwtBundleDocument } from '../identity/index.ts';
import { TestIssuer } from '../identity/testing/index.ts';
import { authorityTarget } from './init-node.ts';
import { TestMesh } from './testing/index.ts';
import { TokenRules } from './token-rules.ts';

const ISSUER = 'https://tokens.shop.example';
const login = new TestIssuer();
const KEYS_AT = 'https://login.shop.example/keys';
let mesh: TestMesh;

beforeEach(async () => {
  mesh = await TestMesh.found();
  const settings = { ...DEFAULT_SETTINGS, tokenIssuer: ISSUER };
  const published = login.authentication({ keys: [], jwksUri: KEYS_AT });
  const ofMesh = { issuer: ISSUER, audiences: ['orders'], keys: [], ofMesh: true } as const;
  await mesh.apply([
    { kind: 'MeshSettings', settings },
    { kind: 'RequestAuthentication', authentication: published },
    {
      kind: 'RequestAuthentication',
      authentication: login.authentication({ name: 'mesh', ...ofMesh }),
    },
  ]);
});

const rules = () => new TokenRules(mesh.n1.trust.current());
const keysOf = (name: string) =>
  rules()
    .authentications((uri) => (uri === KEYS_AT ? [login.jwk] : []), mesh.clock.now())
    .find((authentication) => authentication.name === name)
    ?.keys.map(({ kid }) => kid);

test('an issuer that publishes its keys has those that were fetched', () => {
  expect(keysOf('login')).toEqual(['k1']);
  expect(rules().keyAddresses).toEqual([KEYS_AT]);
});

test('people are spoken of by authorities alone that are not limited to namespaces', async () => {
  const { kid } = authorityTarget(mesh.n1.directory).tokenKeys[0] ?? {};
  const n2 = await mesh.member('n2');
  const namespaces = ['shop'] as never; // labels, by inspection
  await mesh.apply([
    { kind: 'Authority', authority: { ...authorityTarget(n2.directory), namespaces } },
  ]);
  expect(rules().bundle.anchors).toHaveLength(2);
  expect(keysOf('mesh')).toEqual([kid]);
});

test('people’s tokens are made for whoever takes those of this issuer, and for nobody else', async () => {
  expect(rules().userAudiences).toEqual(['orders']);
  const settings = { ...DEFAULT_SETTINGS, tokenIssuer: 'https://other.example' };
  await mesh.apply([{ kind: 'MeshSettings', settings }]);
  expect(rules().userAudiences).toEqual([]);
});

test('a token key that came to its end is handed out no more, and the bundle’s number grows', async () => {
  const target = authorityTarget(mesh.n1.directory);
  const untilMs = mesh.clock.now() + 60_000;
  const tokenKeys = target.tokenKeys.map((key) => ({ ...key, untilMs }));
  await mesh.apply([{ kind: 'Authority', authority: { ...target, tokenKeys } }]);
  const contentAt = (now: number) => rules().bundleContent(mesh.n1.role.bundle(), now);
  const before = contentAt(mesh.clock.now());
  expect(keysOf('mesh')).toHaveLength(1);
  mesh.clock.advance(60_000);
  expect(keysOf('mesh')).toEqual([]);
  expect(contentAt(mesh.clock.now()).sequence).toBe(before.sequence + 1);
});

test('the tokens of an authority that retires are taken until its end', async () => {
  const n2 = await mesh.member('n2');
  await mesh.addAuthority(n2);
  await mesh.retireAuthority(n2, 60_000);
  expect(keysOf('mesh')).toHaveLength(2);
  mesh.clock.advance(60_000);
  expect(keysOf('mesh')).toEqual([authorityTarget(mesh.n1.directory).tokenKeys[0]?.kid]);
});

test('what is published holds nothing of an authority that is limited to namespaces', async () => {
  const { kid } = authorityTarget(mesh.n1.directory).tokenKeys[0] ?? {};
  const n2 = await mesh.member('n2');
  const namespaces = ['shop'] as never; // labels, by inspection
  await mesh.apply([
    { kind: 'Authority', authority: { ...authorityTarget(n2.directory), namespaces } },
  ]);
  const now = mesh.clock.now();
  const [bundle, keys] = [rules().bundle, [expect.objectContaining({ kid })]];
  expect(jwksDocument(bundle, now)).toEqual({ keys });
  expect(jwtBundleDocument(bundle, now)).toEqual({ keys });
  const { certificatePems } = rules().bundleContent(mesh.n1.role.bundle(), now);
  expect(certificatePems).toEqual([mesh.n1.directory.signing.current.certificatePem]);
});

test('an authority whose CA key is revoked speaks in tokens no more, though it be listed again', async () => {
  const n2 = await mesh.member('n2');
  const authority = authorityTarget(n2.directory);
  await mesh.apply([{ kind: 'Authority', authority }]);
  expect(rules().bundle.anchors).toHaveLength(2);
  const keySha256 = new TrustBundle(mesh.n1.trust.current().trustDomain, [
    { pem: authority.certificates[0]?.pem ?? '', namespaces: 'any' },
  ]).anchors[0]?.certificate.publicKeySha256;
  const revocation = { kind: 'authority', name: 'n2', reason: 'stolen', keySha256 } as Revocation; // it has a key
  await mesh.apply([{ kind: 'Revocation', revocation }]);
  expect(rules().bundle.anchors.map(({ jwk }) => jwk.x)).toEqual(
    authorityTarget(mesh.n1.directory).tokenKeys.map(({ x }) => x),
  );
});
