import { beforeEach, describe, expect, test } from 'bun:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { NodeName } from '../../core/index.ts';
import { idOf, WEB } from '../../crypto/testing/index.ts';
import { FakeClock, recordingLog, recordingMeter } from '../../ports/testing/index.ts';
import { TOKEN_LIFE_MS, type TokenBundle, verifyJwtSvid } from '../jwt-svid/index.ts';
import { TestIssuer, TokenAuthority } from '../testing/index.ts';
import { MAX_ACTORS, UserTokens } from '../user-tokens/index.ts';
import { type ExchangeRules, judgeExchange, readExchangeForm, TOKEN_TYPES } from './index.ts';

const MESH = 'https://tokens.shop.example';
const TILL = idOf('spiffe://shop.example/ns/default/sa/till');
const login = new TestIssuer();
let clock: FakeClock;
let authority: TokenAuthority;
let users: UserTokens;
let rules: ExchangeRules;
let tokens: TokenBundle;

beforeEach(() => {
  clock = new FakeClock();
  authority = new TokenAuthority(clock);
  users = new UserTokens({ clock, meter: recordingMeter(), log: recordingLog() });
  users.configure([login.authentication(), ofMesh('orders', 'ledger')]);
  tokens = TokenAuthority.bundle([authority.inForce()]);
  rules = {
    issuer: MESH,
    users,
    check: (token, audience) => verifyJwtSvid(token, tokens, { audience, now: clock.now() }),
    userAudiences: ['orders', 'ledger'],
  };
});

const ofMesh = (...audiences: readonly string[]) =>
  login.authentication({
    name: 'mesh',
    issuer: MESH,
    audiences,
    ofMesh: true,
    keys: [authority.signer.jwk],
    claims: ['email', 'act'],
  });

interface Asked {
  readonly subjectToken: string;
  readonly actorToken?: string;
  readonly audience?: string;
}
const judge = ({ actorToken, ...request }: Asked) =>
  judgeExchange(
    actorToken === undefined
      ? { kind: 'workload', audience: 'orders', ...request }
      : { kind: 'user', actorToken, audience: 'orders', ...request },
    rules,
  );

async function exchanged(request: Asked): Promise<string> {
  const order = await judge(request);
  if (!order.ok) throw new Error(order.error.detail);
  const node = 'n1' as NodeName; // a label, by inspection
  return (await authority.signer.sign({ ...order.value, issuer: MESH, node })).token;
}

const forAnna = async (actor = WEB, more: Partial<Asked> = {}) => ({
  subjectToken: await login.token(clock.now()),
  actorToken: await authority.svid(actor, MESH),
  ...more,
});

describe('a workload', () => {
  test('gets a token for another audience, for itself, that lives no longer than the one it shows', async () => {
    const subjectToken = await authority.svid(WEB, MESH);
    clock.advance(TOKEN_LIFE_MS / 2);
    const token = await exchanged({ subjectToken, audience: 'https://cloud.example' });
    const { sub, aud, exp } = decodeJwt(token);
    expect({ sub, aud, exp }).toEqual({
      sub: WEB,
      aud: 'https://cloud.example',
      exp: decodeJwt(subjectToken).exp ?? 0,
    });
  });

  test.each(['a b', 'a'.repeat(513), 'a\n'])(
    'gets nothing for the audience %j',
    async (audience) => {
      const subjectToken = await authority.svid(WEB, MESH);
      const judged = await judge({ subjectToken, audience });
      expect(judged).toMatchObject({ ok: false, error: { error: 'invalid_target' } });
    },
  );

  test.each([
    ['a token for another audience', async () => authority.svid(WEB, 'orders'), 'wrong-audience'],
    ['a token for two audiences', async () => authority.svid(WEB, 'orders', MESH), 'others too'],
    ['a person’s token', () => login.token(clock.now()), 'unknown-key|wrong-subject'],
    ['no token', async () => '', 'malformed'],
    ['the key of another', () => new TokenAuthority(clock).svid(WEB, MESH), 'unknown-key'],
  ])('gets nothing for %s', async (_, token, reason) => {
    const judged = await judge({ subjectToken: await token() });
    expect(judged).toMatchObject({ ok: false, error: { error: 'invalid_request' } });
    expect(judged.ok ? '' : judged.error.detail).toMatch(new RegExp(reason));
  });
});

describe('a person’s token', () => {
  test('is checked at the expense of the workload that acts, which has its share of the places', async () => {
    const bringers: (string | undefined)[] = [];
    const check: typeof users.check = (token, from) => {
      bringers.push(from);
      return users.check(token, from);
    };
    rules = { ...rules, users: { check } };
    await exchanged(await forAnna());
    expect(bringers).toEqual([WEB]);
  });

  test('becomes one of the mesh, with the workload that acts, under the name that policies know', async () => {
    const token = await exchanged(await forAnna());
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt');
    expect(decodeJwt(token)).toMatchObject({
      iss: MESH,
      sub: `${login.issuer}|anna`,
      aud: 'orders',
      act: { sub: WEB },
      client_id: WEB,
    });
    expect(await users.check(token)).toMatchObject({
      ok: true,
      user: {
        issuer: login.issuer,
        subject: 'anna',
        groups: ['clerks'],
        claims: { email: 'anna@shop.example', act: WEB },
        actors: [WEB],
      },
    });
  });

  test('lives no longer than what it was made of', async () => {
    const exp = clock.now() / 1_000 + 7;
    const subjectToken = await login.token(clock.now(), { exp });
    expect(decodeJwt(await exchanged(await forAnna(WEB, { subjectToken }))).exp).toBe(exp);
  });

  test('is handed on, and the last who acts is the one that policies see', async () => {
    const first = await exchanged(await forAnna(WEB));
    const second = await exchanged(
      await forAnna(TILL, { subjectToken: first, audience: 'ledger' }),
    );
    expect(decodeJwt(second)).toMatchObject({ act: { sub: TILL, act: { sub: WEB } } });
    expect(await users.check(second)).toMatchObject({ user: { claims: { act: TILL } } });
  });

  test('is good no more, and makes no other, once one of those who act by it is revoked', async () => {
    const authentications = [login.authentication(), ofMesh('orders', 'ledger')];
    const revoke = (spiffeId: typeof WEB, beforeMs: number) =>
      users.configure(authentications, [{ kind: 'workload', spiffeId, beforeMs }]);
    const first = await exchanged(await forAnna(WEB));
    const subjectToken = await exchanged(await forAnna(TILL, { subjectToken: first }));
    const found = await users.check(subjectToken);
    if (!found.ok) throw new Error(found.reason);
    for (const actor of [WEB, TILL]) {
      revoke(actor, clock.now());
      expect(users.stands(found.user)).toBe(false);
      expect(await users.check(subjectToken)).toEqual({ ok: false, reason: 'revoked' });
      const judged = await judge(await forAnna(TILL, { subjectToken }));
      expect(judged).toMatchObject({ ok: false, error: { detail: 'subject_token: revoked' } });
      revoke(actor, clock.now() - 1_000);
      expect(await users.check(subjectToken)).toMatchObject({ ok: true });
    }
  });

  test('is handed on only so often', async () => {
    let subjectToken = await login.token(clock.now());
    for (let n = 0; n < MAX_ACTORS; n += 1) {
      subjectToken = await exchanged(await forAnna(WEB, { subjectToken }));
    }
    const judged = await judge(await forAnna(WEB, { subjectToken }));
    expect(judged).toMatchObject({ ok: false, error: { error: 'invalid_request' } });
  });

  test('is made for no audience that the governors did not list', async () => {
    const judged = await judge(await forAnna(WEB, { audience: 'bank' }));
    expect(judged).toMatchObject({ ok: false, error: { error: 'invalid_target' } });
  });

  test('is not made for a workload that proves nothing, nor of a token that is no good', async () => {
    const forged = new TestIssuer();
    for (const change of [
      { actorToken: await authority.svid(WEB, 'orders') },
      { actorToken: await login.token(clock.now()) },
      { subjectToken: await forged.token(clock.now()) },
      { subjectToken: await login.token(clock.now(), { aud: 'bank' }) },
      { subjectToken: await authority.svid(TILL, MESH) },
    ]) {
      const judged = await judge(await forAnna(WEB, change));
      expect(judged).toMatchObject({ ok: false, error: { error: 'invalid_request' } });
    }
  });
});

describe('what proves a workload', () => {
  test('is never taken for a person, though the mesh’s keys signed both', async () => {
    const svid = await authority.odd({ iss: MESH, aud: 'orders', groups: [], claims: {} });
    expect(await users.check(svid)).toEqual({ ok: false, reason: 'wrong-type' });
    const typed = await authority.odd({ iss: MESH, aud: 'orders' }, { typ: 'at+jwt' });
    expect(await users.check(typed)).toEqual({ ok: false, reason: 'wrong-claim' });
  });

  test('is no token that speaks of a person', async () => {
    const token = await exchanged(await forAnna(WEB));
    const checked = await rules.check(token, 'orders');
    expect(checked).toMatchObject({ ok: false, error: { reason: 'wrong-type' } });
  });
});

const chainOf = (length: number): object | undefined =>
  length === 0 ? undefined : { sub: WEB, act: chainOf(length - 1) };

test.each([
  ['that nobody acts', { act: undefined }],
  ['an actor that is no workload', { act: { sub: 'anna' } }],
  ['a chain that goes on for ever', { act: chainOf(MAX_ACTORS + 1) }],
  ['a person without an issuer', { sub: 'anna' }],
  ['groups of another type', { groups: [7] }],
  ['claims of another type', { claims: { email: 7 } }],
])('a token of the mesh that says %s is refused', async (_, change) => {
  const said = { sub: `${login.issuer}|anna`, groups: [], claims: {}, act: { sub: WEB } };
  const claims = { iss: MESH, aud: 'orders', ...said, ...change };
  const token = await authority.odd(claims, { typ: 'at+jwt' });
  expect(await users.check(token)).toEqual({ ok: false, reason: 'wrong-claim' });
});

describe('the form of an exchange', () => {
  const jwt = TOKEN_TYPES.workload.issued;
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 's',
    subject_token_type: jwt,
    audience: 'orders',
  };
  const actor = { actor_token: 'a', actor_token_type: jwt };
  const read = (fields: Record<string, string>) => readExchangeForm(new URLSearchParams(fields));

  test('says whether a workload or a person is meant by whether somebody acts', () => {
    const workload = { kind: 'workload', subjectToken: 's', audience: 'orders' } as const;
    expect(read(form)).toEqual({ ok: true, value: workload });
    const user = { ...workload, kind: 'user', actorToken: 'a' } as const;
    expect(read({ ...form, ...actor })).toEqual({ ok: true, value: user });
  });

  test.each([
    ['unsupported_grant_type', { grant_type: 'client_credentials' }],
    ['invalid_request', { subject_token: '' }],
    ['invalid_request', { subject_token_type: '' }],
    ['invalid_request', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['invalid_request', { actor_token: 'a' }],
    ['invalid_request', { actor_token_type: jwt }],
    [
      'invalid_request',
      { ...actor, actor_token_type: 'urn:ietf:params:oauth:token-type:id_token' },
    ],
    ['invalid_request', { requested_token_type: TOKEN_TYPES.user.issued }],
    ['invalid_scope', { scope: 'admin' }],
    ['invalid_target', { audience: '' }],
    ['invalid_target', { resource: 'https://orders.example' }],
  ])('is refused as %s when it says %j', (error, change) => {
    expect(read({ ...form, ...change })).toMatchObject({ ok: false, error: { error } });
  });

  test('is refused when it says something twice', () => {
    const twice = new URLSearchParams([...Object.entries(form), ['audience', 'bank']]);
    expect(readExchangeForm(twice)).toMatchObject({ error: { error: 'invalid_request' } });
  });
});
