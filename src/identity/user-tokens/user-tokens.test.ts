import { beforeEach, expect, test } from 'bun:test';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import type { SpiffeId } from '../../core/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import {
  ATTACKS_BY_ANY_TOKEN,
  TestIssuer,
  TOKEN_LIFE_MS,
  type TokenAttack,
} from '../testing/index.ts';
import type { TokenRefusalReason } from './token-verdict.ts';
import {
  MAX_FORGED_TOKENS,
  MAX_GOOD_TOKENS,
  MAX_PENDING_TOKENS,
  MAX_USER_TOKEN_BYTES,
  UserTokens,
} from './user-tokens.ts';

const login = new TestIssuer();
const other = new TestIssuer('ES256', 'https://other.example');
let clock: FakeClock;
let meter: ReturnType<typeof recordingMeter>;
let users: UserTokens;

beforeEach(() => {
  clock = new FakeClock();
  meter = recordingMeter();
  users = new UserTokens({ clock, meter, log: recordingLog() });
  users.configure([login.authentication()]);
});

const peer = (account: string) => `spiffe://shop.example/ns/default/sa/${account}` as SpiffeId; // well formed, by inspection
const counted = (result: string): number =>
  meter.value('selvage_user_tokens_checked_total', { result });
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const claimsNow = () => ({
  iss: login.issuer,
  sub: 'anna',
  aud: 'shop',
  exp: clock.now() / 1_000 + 60,
});
/** Exchanges parts of a good token, and keeps its signature. */
async function altered(change: {
  readonly header?: object;
  readonly payload?: object;
}): Promise<string> {
  const [header = '', payload = '', signature = ''] = (await login.token(clock.now())).split('.');
  const part = (old: string, next: object | undefined): string =>
    next === undefined ? old : encode(next);
  return [part(header, change.header), part(payload, change.payload), signature].join('.');
}

test('a good token names its user, groups and the claims that policies may see', async () => {
  const token = await login.token(clock.now(), { department: 'till' });
  expect(await users.check(token)).toEqual({
    ok: true,
    user: {
      issuer: 'https://login.shop.example',
      subject: 'anna',
      groups: ['clerks'],
      claims: { email: 'anna@shop.example' },
    },
    expiresAt: clock.now() + TOKEN_LIFE_MS,
  });
  expect(counted('accepted')).toBe(1);
});

test('every algorithm that a resource may bring a key for is checked', async () => {
  for (const algorithm of ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const) {
    const issuer = new TestIssuer(algorithm, `https://${algorithm}.example`);
    users.configure([issuer.authentication()]);
    expect(await users.check(await issuer.token(clock.now()))).toMatchObject({ ok: true });
  }
});

const refused: readonly TokenAttack<TokenRefusalReason>[] = [
  ...ATTACKS_BY_ANY_TOKEN,
  ['a token of an issuer that nobody named', 'unknown-issuer', { iss: 'https://evil.example' }],
  ['an issuer that differs in a slash', 'unknown-issuer', { iss: 'https://login.shop.example/' }],
  ['a dot taken for a pattern', 'unknown-issuer', { iss: 'https://login-shop.example' }],
  ['a token without an issuer', 'unknown-issuer', { iss: undefined }],
  ['a token for another audience', 'wrong-audience', { aud: 'bank' }],
  ['a token for several others', 'wrong-audience', { aud: ['bank', 'shop2'] }],
  ['a token for nobody', 'wrong-audience', { aud: undefined }],
  ['an extension that is not understood', 'critical-header', {}, { b64: true, crit: ['b64'] }],
  ['a token for signing out', 'wrong-type', {}, { typ: 'logout+jwt' }],
  ['a token without a subject', 'wrong-claim', { sub: undefined }],
  ['a subject that is empty', 'wrong-claim', { sub: '' }],
  ['a subject without end', 'wrong-claim', { sub: 'a'.repeat(256) }],
  ['a workload', 'wrong-claim', { sub: 'spiffe://shop.example/ns/default/sa/web' }],
  ['groups of another type', 'wrong-claim', { groups: [{ name: 'clerks' }] }],
  ['more groups than a policy reads', 'wrong-claim', { groups: Array(201).fill('g') }],
  ['a claim of another type', 'wrong-claim', { email: ['anna@shop.example'] }],
];

for (const [attack, reason, claims, header] of refused) {
  test(`${attack} is refused as ${reason}, though its signature is good`, async () => {
    const now = clock.now();
    const asked = typeof claims === 'function' ? claims(now / 1_000) : claims;
    const token = await login.token(now, asked, header);
    expect(await users.check(token)).toEqual({ ok: false, reason });
    expect(counted(reason)).toBe(1);
  });
}

test('clocks that differ by a minute agree on what has begun, and on nothing about the end', async () => {
  const now = clock.now() / 1_000;
  expect(await users.check(await login.token(clock.now(), { nbf: now + 60 }))).toMatchObject({
    ok: true,
  });
  const ended = await login.token(clock.now(), { exp: now - 1 });
  expect(users.check(ended)).toEqual({ ok: false, reason: 'expired' });
});

test('alg none: a token without a signature is refused, however it is written', async () => {
  for (const alg of ['none', 'None', 'nOnE']) {
    const unsigned = `${encode({ alg })}.${encode(claimsNow())}.`;
    expect(users.check(unsigned)).toEqual({ ok: false, reason: 'malformed' });
    const pretended = await altered({ header: { alg, kid: 'k1' } });
    expect(users.check(pretended)).toEqual({ ok: false, reason: 'wrong-algorithm' });
  }
});

test('key confusion: a public key is no shared secret', () => {
  const issuer = new TestIssuer('RS256');
  users.configure([issuer.authentication()]);
  for (const secret of [
    issuer.publicKey.export({ type: 'spki', format: 'pem' }),
    issuer.publicKey.export({ type: 'spki', format: 'der' }),
    JSON.stringify(issuer.jwk),
  ]) {
    const text = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claimsNow())}`;
    const token = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    expect(users.check(token)).toEqual({ ok: false, reason: 'wrong-algorithm' });
  }
});

test('a key signs with the algorithm of its kind only, and of its own where it names one', async () => {
  expect(users.check(await altered({ header: { alg: 'RS256', kid: 'k1' } }))).toEqual({
    ok: false,
    reason: 'wrong-algorithm',
  });
  const rsa = new TestIssuer('RS256');
  users.configure([rsa.authentication({ keys: [{ ...rsa.jwk, alg: 'PS256' }] })]);
  expect(users.check(await rsa.token(clock.now()))).toEqual({
    ok: false,
    reason: 'wrong-algorithm',
  });
});

test('a key that a token brings along is not looked at', async () => {
  const jwk = { ...other.jwk };
  for (const brought of [
    { jwk },
    { jku: 'https://evil.example/jwks' },
    { x5u: 'https://evil.example/x5u' },
  ]) {
    const token = await other.token(clock.now(), { iss: login.issuer }, brought);
    expect(await users.check(token)).toEqual({ ok: false, reason: 'bad-signature' });
  }
});

test('the key of one issuer signs no token of another', async () => {
  users.configure([login.authentication(), other.authentication({ name: 'other' })]);
  const token = await other.token(clock.now(), { iss: login.issuer });
  expect(await users.check(token)).toEqual({ ok: false, reason: 'bad-signature' });
  expect(await users.check(await other.token(clock.now()))).toMatchObject({ ok: true });
});

test('a payload that was changed after signing is refused', async () => {
  const token = await altered({ payload: { ...claimsNow(), groups: ['owners'] } });
  expect(await users.check(token)).toEqual({ ok: false, reason: 'bad-signature' });
});

test('without a key ID the algorithm must leave a single key', async () => {
  const token = await login.token(clock.now(), {}, { kid: undefined });
  expect(await users.check(token)).toMatchObject({ ok: true });
  users.configure([login.authentication({ keys: [login.jwk, { ...other.jwk, kid: 'k2' }] })]);
  expect(users.check(token)).toEqual({ ok: false, reason: 'unknown-key' });
});

test('one of several audiences is enough', async () => {
  const token = await login.token(clock.now(), { aud: ['bank', 'shop'] });
  expect(await users.check(token)).toMatchObject({ ok: true });
});

test('of several resources for one issuer the one for the token’s audience decides', async () => {
  const mail = login.authentication({ name: 'a-mail', audiences: ['mail'], claims: [] });
  users.configure([login.authentication(), mail]);
  const token = await login.token(clock.now(), { aud: 'mail' });
  expect(await users.check(token)).toMatchObject({ ok: true, user: { claims: {} } });
});

test('claims reach policies as text, and names that every object has reach nothing', async () => {
  const claims = ['level', 'staff', 'note', 'constructor', '__proto__'];
  users.configure([login.authentication({ claims })]);
  const token = await login.token(clock.now(), { level: 3, staff: true, note: null });
  const verdict = await users.check(token);
  expect(verdict.ok && Object.entries(verdict.user.claims)).toEqual([
    ['level', '3'],
    ['staff', 'true'],
  ]);
});

test('what is no token is refused at once', () => {
  const header = encode({ alg: 'ES256', kid: 'k1' });
  const deep = Buffer.from('['.repeat(5_000)).toString('base64url');
  const nested = Buffer.from(`{"iss":${'['.repeat(2_000)}${']'.repeat(2_000)}}`);
  for (const text of ['', 'a', 'a.b', 'a.b.c', 'a.b.c.d', `${header}.${encode([])}.AA`]) {
    expect(users.check(text)).toEqual({ ok: false, reason: 'malformed' });
  }
  for (const part of ['%%%', deep, encode(null), encode('x'), encode(7)]) {
    expect(users.check(`${header}.${part}.AA`)).toEqual({ ok: false, reason: 'malformed' });
  }
  const reason = 'unknown-issuer';
  expect(users.check(`${header}.${nested.toString('base64url')}.AA`)).toEqual({
    ok: false,
    reason,
  });
});

test('a token that is too large is not read', () => {
  const reason = 'too-large';
  expect(users.check('a'.repeat(MAX_USER_TOKEN_BYTES + 1))).toEqual({ ok: false, reason });
  expect(users.check('a'.repeat(MAX_USER_TOKEN_BYTES))).toEqual({ ok: false, reason: 'malformed' });
});

test('a token is checked once until its end, and all who ask meanwhile share the answer', async () => {
  const token = await login.token(clock.now());
  const first = users.check(token);
  expect(first).toBeInstanceOf(Promise);
  expect(users.check(token)).toBe(first);
  const verdict = await first;
  expect(users.check(token)).toBe(verdict);
  clock.advance(TOKEN_LIFE_MS - 1);
  expect(users.check(token)).toBe(verdict);
  clock.advance(1);
  expect(users.check(token)).toEqual({ ok: false, reason: 'expired' });
});

test('a forged token is refused unseen for a while, then looked at again', async () => {
  const token = await other.token(clock.now(), { iss: login.issuer });
  await users.check(token);
  expect(users.check(token)).toEqual({ ok: false, reason: 'bad-signature' });
  clock.advance(5_000);
  expect(users.check(token)).toBeInstanceOf(Promise);
});

test('a change of keys is followed by what was found and by what is under way', async () => {
  const [found, underWay] = await Promise.all([
    login.token(clock.now()),
    login.token(clock.now(), { sub: 'bob' }),
  ]);
  await users.check(found);
  const pending = users.check(underWay);
  users.configure([login.authentication({ keys: [{ ...other.jwk, kid: 'k1' }] })]);
  expect(await pending).toEqual({ ok: false, reason: 'bad-signature' });
  expect(await users.check(found)).toEqual({ ok: false, reason: 'bad-signature' });
  users.configure([login.authentication()]);
  expect(await users.check(found)).toMatchObject({ ok: true });
  users.configure([]);
  expect(users.isConfigured).toBe(false);
  expect(users.check(found)).toEqual({ ok: false, reason: 'unknown-issuer' });
});

test('who is open with a user hears that the key is its issuer’s no more, whatever end the token has', async () => {
  const far = { exp: clock.now() / 1_000 + 1e9 };
  const verdict = await users.check(await login.token(clock.now(), far));
  if (!verdict.ok) throw new Error(verdict.reason);
  const standsWith = (...all: Parameters<UserTokens['configure']>[0]) => {
    users.configure(all);
    return users.stands(verdict.user);
  };
  expect(users.stands(verdict.user)).toBe(true);
  const both = [
    { ...other.jwk, kid: 'k2' },
    { ...login.jwk, kid: 'k9' },
  ];
  expect(standsWith(login.authentication({ keys: both }))).toBe(true);
  expect(standsWith(login.authentication({ keys: [{ ...other.jwk, kid: 'k1' }] }))).toBe(false);
  expect(standsWith(login.authentication())).toBe(true);
  expect(standsWith(login.authentication({ issuer: other.issuer }))).toBe(false);
  expect(users.stands({ ...verdict.user })).toBe(false);
});

test('a key that is not known is told, for there may be a newer one', async () => {
  let told = 0;
  const unknownKey = () => {
    told += 1;
  };
  users = new UserTokens({ clock, meter, log: recordingLog(), unknownKey });
  users.configure([login.authentication()]);
  users.check(await login.token(clock.now(), {}, { kid: 'k2' }));
  users.check(await login.token(clock.now(), { iss: 'https://evil.example' }, { kid: 'k2' }));
  await users.check(await login.token(clock.now()));
  expect(told).toBe(1);
});

test('a view that changed in something else costs no check', async () => {
  const token = await login.token(clock.now());
  const verdict = await users.check(token);
  users.configure([structuredClone(login.authentication())]);
  expect(users.check(token)).toBe(verdict);
});

test('only so many signatures are checked at a time for one peer, and no flood of it keeps out another’s', async () => {
  const [web, other] = [peer('web'), peer('other')];
  const tokens = await Promise.all(
    Array.from({ length: MAX_PENDING_TOKENS / 2 + 1 }, (_, n) =>
      login.token(clock.now(), { sub: `user-${n}` }),
    ),
  );
  const last = tokens.at(-1) ?? '';
  const answers = tokens.map((token) => users.check(token, web));
  expect(answers.filter((answer) => !(answer instanceof Promise))).toEqual([
    { ok: false, reason: 'overloaded' },
  ]);
  expect(await users.check(last, other)).toMatchObject({ ok: true });
  await Promise.all(answers);
  const again = tokens.map((_, n) => login.token(clock.now(), { sub: `user-${n}`, jti: 'anew' }));
  const anew = (await Promise.all(again)).map((token) => users.check(token, web));
  expect(anew.filter((answer) => answer instanceof Promise)).toHaveLength(MAX_PENDING_TOKENS / 2);
  await Promise.all(anew);
});

test('however many peers bring tokens, only so many signatures are checked at a time', async () => {
  const tokens = await Promise.all(
    Array.from({ length: MAX_PENDING_TOKENS + 1 }, (_, n) =>
      login.token(clock.now(), { sub: `user-${n}` }),
    ),
  );
  const answers = tokens.map((token, n) => users.check(token, peer(`web-${n}`)));
  expect(answers.slice(0, -1).every((answer) => answer instanceof Promise)).toBe(true);
  expect(answers.at(-1)).toEqual({ ok: false, reason: 'overloaded' });
  await Promise.all(answers);
});

test('a flood of forged tokens is forgotten in turn, and pushes out no good one', async () => {
  const good = await login.token(clock.now());
  const verdict = await users.check(good);
  const [header, , signature] = good.split('.');
  const forged = (n: number) =>
    `${header}.${encode({ ...claimsNow(), sub: `x${n}` })}.${signature}`;
  for (let n = 0; n <= MAX_FORGED_TOKENS; n += 1) await users.check(forged(n));
  expect(users.check(forged(0))).toBeInstanceOf(Promise);
  expect(users.check(forged(MAX_FORGED_TOKENS))).toEqual({ ok: false, reason: 'bad-signature' });
  expect(MAX_FORGED_TOKENS).toBeLessThan(MAX_GOOD_TOKENS);
  expect(users.check(good)).toBe(verdict);
});

test('no header and no claims, however odd, make anything but a refusal', async () => {
  const json = fc.jsonValue({ maxDepth: 3 });
  const odd = (names: readonly string[]) =>
    fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), json, { maxKeys: 4 });
  const header = odd(['alg', 'kid', 'typ', 'crit', 'jwk', '__proto__']);
  const payload = odd(['iss', 'aud', 'sub', 'exp', 'nbf', 'iat', 'groups', 'email', '__proto__']);
  const property = fc.asyncProperty(header, payload, fc.boolean(), async (head, body, near) => {
    const known = near ? { alg: 'ES256', kid: 'k1' } : {};
    const parts = [{ ...known, ...head }, near ? { ...claimsNow(), ...body } : body];
    const verdict = await users.check(`${parts.map(encode).join('.')}.AAAA`);
    expect(verdict.ok).toBe(false);
  });
  await fc.assert(property, { seed: 12, numRuns: 500 });
});
