import { beforeEach, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { Namespace, NodeName } from '../../core/index.ts';
import { Revocations } from '../../crypto/index.ts';
import { WEB } from '../../crypto/testing/index.ts';
import { FakeClock } from '../../ports/testing/index.ts';
import { ATTACKS_BY_ANY_TOKEN, type TokenAttack, TokenAuthority } from '../testing/index.ts';
import {
  type JwtSvidRefusalReason,
  MAX_JWT_SVID_BYTES,
  TOKEN_LIFE_MS,
  type TokenBundle,
  type TokenOrder,
  verifyJwtSvid,
} from './index.ts';

let clock: FakeClock;
let authority: TokenAuthority;
let bundle: TokenBundle;

beforeEach(() => {
  clock = new FakeClock();
  authority = new TokenAuthority(clock);
  bundle = TokenAuthority.bundle([authority.inForce()]);
});

const check = (token: string, audience = 'till') =>
  verifyJwtSvid(token, bundle, { audience, now: clock.now() });
const reasonOf = async (token: string, audience = 'till') => {
  const result = await check(token, audience);
  return result.ok ? 'good' : result.error.reason;
};
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const order: TokenOrder = {
  subject: { kind: 'workload', spiffeId: WEB },
  audiences: ['till'],
  node: 'n1' as NodeName, // a label, by inspection
};

test('a JWT-SVID names its subject and audience, ends after five minutes, and has no other header', async () => {
  const svid = await authority.signer.sign({ ...order, issuer: 'https://tokens.shop.example' });
  const { kid } = authority.signer.jwk;
  expect(decodeProtectedHeader(svid.token)).toEqual({ alg: 'ES256', kid, typ: 'JWT' });
  const now = Math.floor(clock.now() / 1_000);
  expect(decodeJwt(svid.token)).toEqual({
    iss: 'https://tokens.shop.example',
    sub: WEB,
    aud: 'till',
    iat: now,
    exp: now + TOKEN_LIFE_MS / 1_000,
    jti: expect.stringMatching(/^[\w-]{22}$/),
  });
  const checked = await check(svid.token);
  expect(checked.ok && checked.value).toMatchObject({ spiffeId: WEB, expiresAt: svid.expiresAt });
});

test('two tokens for one question differ, and a token ends no later than it was asked to', async () => {
  const [a, b] = [await authority.signer.sign(order), await authority.signer.sign(order)];
  expect(decodeJwt(a.token).jti).not.toBe(decodeJwt(b.token).jti ?? '');
  const short = await authority.signer.sign({ ...order, untilMs: clock.now() + 9_000 });
  expect(short.expiresAt).toBeLessThanOrEqual(clock.now() + 9_000);
});

test('the ledger is told of every token, and not the token', async () => {
  const { token } = await authority.signer.sign(order);
  expect(authority.entries).toMatchObject([
    { kind: 'jwt-issued', spiffeId: WEB, node: 'n1', audiences: ['till'] },
  ]);
  expect(JSON.stringify(authority.entries)).not.toContain(token.split('.')[1] ?? token);
});

test('a token from before its subject was revoked is refused, and one from after it is good', async () => {
  const before = await authority.svid(WEB, 'till');
  const beforeMs = Math.floor(clock.now() / 1_000) * 1_000;
  const revocations = new Revocations([{ kind: 'workload', spiffeId: WEB, beforeMs }], []);
  bundle = TokenAuthority.bundle([authority.inForce()], revocations);
  expect(await reasonOf(before)).toBe('revoked');
  expect(await reasonOf(await authority.odd({ iat: undefined }))).toBe('revoked');
  const earliestMs = revocations.earliestFor(WEB, order.node);
  expect(await reasonOf((await authority.signer.sign({ ...order, earliestMs })).token)).toBe(
    'good',
  );
});

test('who is revoked is not told to whoever forges a token', async () => {
  const revoked = { kind: 'workload', spiffeId: WEB, beforeMs: clock.now() + 1e6 } as const;
  bundle = TokenAuthority.bundle([authority.inForce()], new Revocations([revoked], []));
  const [head, claims] = (await authority.svid(WEB, 'till')).split('.');
  const [, , signature] = (await authority.svid(WEB, 'bank')).split('.');
  expect(await reasonOf(`${head}.${claims}.${signature}`)).toBe('bad-signature');
});

test('a token for two audiences is good for each of them, as the specification has it', async () => {
  const { token } = await authority.signer.sign({ ...order, audiences: ['till', 'bank'] });
  expect(await reasonOf(token, 'till')).toBe('good');
  expect(await reasonOf(token, 'bank')).toBe('good');
  expect(await reasonOf(token, 'shop')).toBe('wrong-audience');
});

type Members = Readonly<Record<string, unknown>>;

const refused: readonly TokenAttack<JwtSvidRefusalReason>[] = [
  ...ATTACKS_BY_ANY_TOKEN,
  ['a token for another audience', 'wrong-audience', { aud: 'bank' }],
  ['an audience that begins alike', 'wrong-audience', { aud: 'till2' }],
  ['a dot taken for a pattern', 'wrong-audience', { aud: '.ill' }],
  ['a token for nobody', 'malformed', { aud: undefined }],
  ['an audience that is no text', 'malformed', { aud: ['till', 7] }],
  ['a token that does not name its key', 'unknown-key', {}, { kid: undefined }],
  ['a token with a key of its own', 'other-header', {}, { jwk: { kty: 'EC' } }],
  ['a token with a certificate of its own', 'other-header', {}, { x5c: ['MIIB'] }],
  ['an address of keys', 'other-header', {}, { jku: 'https://evil.example/jwks' }],
  ['an address of certificates', 'other-header', {}, { x5u: 'https://evil.example/x5u' }],
  ['an extension', 'other-header', {}, { b64: true, crit: ['b64'] }],
  ['an access token', 'wrong-type', {}, { typ: 'at+jwt' }],
  ['a token without a subject', 'wrong-subject', { sub: undefined }],
  ['a person', 'wrong-subject', { sub: 'anna' }],
  ['a node', 'wrong-subject', { sub: 'spiffe://shop.example/node/n1' }],
  ['a whole trust domain', 'wrong-subject', { sub: 'spiffe://shop.example' }],
  ['a subject with dots in it', 'wrong-subject', { sub: 'spiffe://shop.example/ns/a/sa/../b' }],
  ['another trust domain', 'other-trust-domain', { sub: 'spiffe://other.example/ns/a/sa/b' }],
];

for (const [attack, reason, claims, header] of refused) {
  test(`${attack} is refused as ${reason}, though its signature is good`, async () => {
    const asked = typeof claims === 'function' ? claims(clock.now() / 1_000) : claims;
    expect(await reasonOf(await authority.odd(asked, header))).toBe(reason);
  });
}

test('alg none and shared secrets: what is not signed with ES256 is refused', async () => {
  const { kid, x, y } = authority.signer.jwk;
  const [, payload = ''] = (await authority.odd()).split('.');
  for (const alg of ['none', 'None', 'HS256', 'RS256', 'ES384', 'EdDSA', undefined]) {
    const text = `${encode({ alg, kid })}.${payload}`;
    const mac = createHmac('sha256', JSON.stringify({ x, y })).update(text).digest('base64url');
    expect(await reasonOf(`${text}.${mac}`)).toBe('wrong-algorithm');
  }
  expect(await reasonOf(`${encode({ alg: 'none', kid })}.${payload}.`)).toBe('malformed');
});

test('what is no compact serialization is refused', async () => {
  const [header = '', payload = '', signature = ''] = (await authority.odd()).split('.');
  const json = JSON.stringify({ payload, signatures: [{ protected: header, signature }] });
  for (const text of ['', 'a.b.c', json, `${header}.${payload}`, `${header}..${signature}`]) {
    expect(await reasonOf(text)).toBe('malformed');
  }
});

test('a token that says something twice is refused, whichever of the two is true', async () => {
  const [header = '', payload = '', signature = ''] = (await authority.odd()).split('.');
  const twice = (part: string, member: string): string => {
    const text = Buffer.from(part, 'base64url').toString();
    return Buffer.from(`{${member},${text.slice(1)}`).toString('base64url');
  };
  const admin = '"sub":"spiffe://shop.example/ns/default/sa/admin"';
  expect(await reasonOf(`${header}.${twice(payload, admin)}.${signature}`)).toBe('malformed');
  expect(await reasonOf(`${twice(header, '"alg":"none"')}.${payload}.${signature}`)).toBe(
    'malformed',
  );
});

test('a token that is too large is not read', async () => {
  expect(await reasonOf('a'.repeat(MAX_JWT_SVID_BYTES + 1))).toBe('too-large');
  expect(await reasonOf('a'.repeat(MAX_JWT_SVID_BYTES))).toBe('malformed');
});

test('a payload that was changed after signing is refused', async () => {
  const [header, payload = '', signature] = (await authority.odd()).split('.');
  const claims: Members = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const changed = encode({ ...claims, sub: 'spiffe://shop.example/ns/default/sa/admin' });
  expect(await reasonOf(`${header}.${changed}.${signature}`)).toBe('bad-signature');
});

test('a limited authority names the workloads of its namespaces and no others', async () => {
  const till = 'till' as Namespace; // a label, by inspection
  bundle = TokenAuthority.bundle([authority.inForce([till])]);
  expect(await reasonOf(await authority.odd())).toBe('other-namespace');
  const own = await authority.odd({ sub: 'spiffe://shop.example/ns/till/sa/web' });
  expect(await reasonOf(own)).toBe('good');
  const near = await authority.odd({ sub: 'spiffe://shop.example/ns/till2/sa/web' });
  expect(await reasonOf(near)).toBe('other-namespace');
});

test('a key on its way out counts to its end, and one that left the bundle not at all', async () => {
  const token = await authority.odd();
  bundle = TokenAuthority.bundle([{ ...authority.inForce(), untilMs: clock.now() + 1 }]);
  expect(await reasonOf(token)).toBe('good');
  clock.advance(1);
  expect(await reasonOf(token)).toBe('unknown-key');
  bundle = TokenAuthority.bundle([]);
  expect(await reasonOf(token)).toBe('unknown-key');
});

test('a listed key that is no point of P-256 signs nothing, and takes no other along', async () => {
  const { x } = authority.signer.jwk;
  bundle = TokenAuthority.bundle([{ x, y: x, namespaces: 'any' }, authority.inForce()]);
  expect(bundle.problems).toHaveLength(1);
  expect(await reasonOf(await authority.odd())).toBe('good');
});

test('no header and no claims, however odd, make anything but a refusal', async () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const odd = (names: readonly string[]) =>
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), json, { maxKeys: 4 });
  const header = odd(['alg', 'kid', 'typ', 'crit', 'jwk', '__proto__']);
  const payload = odd(['aud', 'sub', 'exp', 'nbf', 'iat', '__proto__']);
  const near = { alg: 'ES256', kid: authority.signer.jwk.kid };
  const claims = { sub: WEB, aud: 'till', exp: clock.now() / 1_000 + 60 };
  const property = fc.asyncProperty(header, payload, fc.boolean(), async (head, body, isNear) => {
    const parts = isNear
      ? [
          { ...near, ...head },
          { ...claims, ...body },
        ]
      : [head, body];
    expect((await check(`${parts.map(encode).join('.')}.AAAA`)).ok).toBe(false);
  });
  await fc.assert(property, { seed: 12, numRuns: 300 });
});
