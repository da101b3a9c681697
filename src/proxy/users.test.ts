import { afterEach, describe, expect, test } from 'bun:test';
import type { SpiffeId } from '../core/index.ts';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import type { UserTokens } from './index.ts';
import { HEAD_TIMEOUT_MS } from './limits.ts';
import {
  type Application,
  answering,
  identityOf,
  okAnswer,
  type Pair,
  type PairOptions,
  startApplication,
  startPair,
} from './testing/index.ts';
import type { TokenVerdict } from './users.ts';
import { bearerToken } from './users.ts';

let pair: Pair;
let application: Application;

async function serve(options: PairOptions): Promise<void> {
  application = startApplication({ received: answering(okAnswer('ok')) });
  pair = await startPair(application, options);
}

afterEach(() => pair.stop());

const MARY = { issuer: 'https://login', subject: 'mary', groups: ['clerks'], claims: {} };
const good = (expiresAt = Number.MAX_SAFE_INTEGER): TokenVerdict => ({
  ok: true,
  user: MARY,
  expiresAt,
});

/** Knows what `answer` says of each token, at both sides. */
const users = (
  answer: (token: string) => TokenVerdict | Promise<TokenVerdict>,
): UserTokens & { readonly checked: string[]; readonly bringers: SpiffeId[] } => {
  const checked: string[] = [];
  const bringers: SpiffeId[] = [];
  return {
    checked,
    bringers,
    isConfigured: true,
    stands: () => true,
    check: (token, from) => {
      checked.push(token);
      bringers.push(from);
      return answer(token);
    },
  };
};

const request = (fields: string) => `GET / HTTP/1.1\r\nHost: web\r\n${fields}\r\n`;

const ask = (fields: string): Promise<string> => pair.ask(request(fields));

const askedUsers = () =>
  [pair.egress, pair.ingress].map((engine) => engine.asked.at(-1)?.user?.subject);

describe('the user behind a request', () => {
  test('is who the bearer token says, checked at both sides', async () => {
    const tokens = users(() => good());
    await serve({ users: tokens });
    expect(await ask('Authorization: bearer  a.b.c \r\n')).toContain('200 OK');
    expect(tokens.checked).toEqual(['a.b.c', 'a.b.c']);
    const { spiffeId } = await identityOf(pair.authority, 'client');
    expect(tokens.bringers).toEqual([spiffeId, spiffeId]);
    expect(askedUsers()).toEqual(['mary', 'mary']);
  });

  test('is nobody without a token, or with another scheme', async () => {
    const tokens = users(() => good());
    await serve({ users: tokens });
    for (const fields of [
      '',
      'Authorization: Basic bWFyeTo=\r\n',
      'Authorization: Bearerish x\r\n',
    ]) {
      expect(await ask(fields)).toContain('200 OK');
      expect(askedUsers()).toEqual([undefined, undefined]);
    }
    expect(tokens.checked).toEqual([]);
  });

  test('is not looked for where no issuer is known', async () => {
    const tokens = { ...users(() => good()), isConfigured: false };
    await serve({ users: tokens });
    const twice = 'Authorization: Bearer a\r\nAuthorization: Bearer b\r\n';
    expect(await ask(twice)).toContain('200 OK');
    expect(tokens.checked).toEqual([]);
  });

  test('is waited for while the token is checked, and nothing is decided before', async () => {
    const waiting: ((verdict: TokenVerdict) => void)[] = [];
    await serve({ users: users(() => new Promise((resolve) => waiting.push(resolve))) });
    const client = await pair.connect();
    client.send(request('Authorization: Bearer a\r\n'));
    await eventually('the first check', () => waiting.length === 1);
    expect(pair.egress.asked).toEqual([]);
    waiting[0]?.(good());
    await eventually('the second check', () => waiting.length === 2);
    expect(pair.ingress.asked).toEqual([]);
    waiting[1]?.(good());
    await client.reads('200 OK');
    expect(askedUsers()).toEqual(['mary', 'mary']);
  });
});

describe('a token that is not accepted', () => {
  test('is 401 with a challenge, and nobody is asked', async () => {
    await serve({ users: users(() => ({ ok: false, reason: 'expired' })) });
    const answer = await ask('Authorization: Bearer a\r\n');
    expect(answer).toContain('HTTP/1.1 401 Unauthorized\r\n');
    expect(answer).toContain('www-authenticate: Bearer error="invalid_token"\r\n');
    expect(answer).toContain('x-selvage-reason: invalid-token\r\n');
    expect(answer).toContain('expired');
    expect(pair.egress.asked).toEqual([]);
    const labels = { source: 'default/client', destination: 'default/web', direction: 'outbound' };
    expect(pair.caller.meter.value('selvage_requests_total', { ...labels, code: '401' })).toBe(1);
    expect(pair.caller.log.lines).toMatchObject([
      { message: 'refused a token', fields: { reason: 'expired' } },
    ]);
  });

  test('is 401 after a wait as well, and the connection goes on', async () => {
    await serve({ users: users(async () => ({ ok: false, reason: 'bad-signature' })) });
    const client = await pair.connect();
    await client.send(request('Authorization: Bearer a\r\n')).reads('bad-signature\n');
    await client.send(request('')).reads('200 OK');
  });

  test('is refused twice in one request: which one does the application read?', async () => {
    await serve({ users: users(() => good()) });
    const answer = await ask('Authorization: Basic YQ==\r\nAuthorization: Bearer b\r\n');
    expect(answer).toContain('x-selvage-reason: duplicate-policy-header');
  });

  test('says nothing about itself when the check fails', async () => {
    await serve({ users: users(() => ({ ok: false, reason: 'overloaded' })) });
    expect(await ask('Authorization: Bearer a\r\n')).toContain('503 Service Unavailable');
    await pair.stop();
    application.stop();
    await serve({ users: users(() => Promise.reject(new Error('on purpose'))) });
    expect(await ask('Authorization: Bearer a\r\n')).toContain('token-not-checked');
    expect(pair.caller.log.lines[0]?.message).toBe('a token could not be checked');
  });
});

describe('a check that takes too long', () => {
  test('is given up with the request, at either side', async () => {
    const clock = new FakeClock(Date.now());
    const waiting: ((verdict: TokenVerdict) => void)[] = [];
    await serve({
      clock,
      service: { requestTimeoutMs: 3_600_000 },
      users: users(() => new Promise((resolve) => waiting.push(resolve))),
    });
    const client = await pair.connect();
    await client.send(request('')).reads('200 OK'); // both sidecars have heard each other
    client.send(request('Authorization: Bearer a\r\n'));
    await eventually('the first check', () => waiting.length === 1);
    waiting[0]?.(good());
    await eventually('the second check', () => waiting.length === 2);
    clock.advance(HEAD_TIMEOUT_MS + 200);
    await client.reads('504 Gateway Timeout');
    waiting[1]?.(good());
    await pair.settled();
    expect(pair.ingress.asked).toHaveLength(1);
    expect(application.connections).toHaveLength(1);
  });

  test('stops the client meanwhile: what it sends is not held', async () => {
    await serve({ users: users(() => new Promise(() => undefined)) });
    const client = await pair.connect();
    const fields = 'Authorization: Bearer a\r\ncontent-length: 999999999\r\n';
    client.send(`POST / HTTP/1.1\r\nHost: web\r\n${fields}\r\n`);
    const block = 'x'.repeat(64 * 1024);
    const flood = async () => {
      for (let sent = 0; sent < 1_000; sent++) {
        client.send(block);
        await Bun.sleep(0);
      }
    };
    await expect(flood()).rejects.toThrow('the socket took');
    client.reset();
  });

  test('is forgotten when the client leaves', async () => {
    const waiting: ((verdict: TokenVerdict) => void)[] = [];
    await serve({ users: users(() => new Promise((resolve) => waiting.push(resolve))) });
    const client = await pair.connect();
    client.send(request('Authorization: Bearer a\r\n'));
    await eventually('the check', () => waiting.length === 1);
    client.reset();
    await eventually('the client is gone', () => pair.caller.plane.census().clients === 0);
    waiting[0]?.(good());
    await pair.settled();
    expect(pair.egress.asked).toEqual([]);
  });
});

test('a bearer token is what stands behind the scheme', () => {
  expect(bearerToken(undefined)).toBeUndefined();
  expect(bearerToken('Basic a')).toBeUndefined();
  expect(bearerToken('Bearerx a')).toBeUndefined();
  expect(bearerToken('Bearer')).toBe('');
  expect(bearerToken('BEARER a b')).toBe('a b');
});
