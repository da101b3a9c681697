import { afterEach, describe, expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import {
  type Application,
  accountId,
  answering,
  okAnswer,
  type Pair,
  type PairOptions,
  startApplication,
  startPair,
} from './testing/index.ts';

let pair: Pair;
let application: Application;
let seen = '';

async function serve(options: PairOptions = {}): Promise<void> {
  seen = '';
  application = startApplication({
    received: answering((head) => {
      seen = head;
      return okAnswer('ok');
    }),
  });
  pair = await startPair(application, options);
}

afterEach(() => pair.stop());

const ask = (fields: string, body = ''): Promise<string> =>
  pair.ask(`${body === '' ? 'GET' : 'POST'} / HTTP/1.1\r\nHost: web\r\n${fields}\r\n${body}`);

const asked = () => [pair.egress, pair.ingress].map((engine) => engine.asked.at(-1));

describe('what policies see beside the request line', () => {
  test('is the time and the risk of now, at both sides', async () => {
    const clock = new FakeClock(Date.now());
    const risks = { [accountId('client')]: 40 };
    await serve({ clock, snapshot: { risks } });
    await ask('');
    const timeMs = clock.now();
    expect(asked()).toMatchObject([
      { risk: 40, timeMs },
      { risk: 40, timeMs },
    ]);
    clock.advance(5_000);
    pair.apply({}, { risks: { [accountId('other')]: 90 } });
    await ask('');
    expect(asked()).toMatchObject([
      { risk: 0, timeMs: timeMs + 5_000 },
      { risk: 0, timeMs: timeMs + 5_000 },
    ]);
  });

  test('is the port and the TLS session where the service is, and the locality where the caller is', async () => {
    await serve({ snapshot: { locality: 'eu-1' }, service: { protocol: 'tcp' } });
    await (await pair.connect()).send('GET / HTTP/1.1\r\n\r\n').reads('ok');
    const [atCaller, atService] = asked();
    expect(atCaller).toMatchObject({ action: 'connect', locality: 'eu-1' });
    expect(Object.keys(atCaller ?? {})).not.toContain('port');
    expect(Object.keys(atCaller ?? {})).not.toContain('tls');
    const tls = { version: 'TLSv1.3', resumed: false };
    expect(atService).toMatchObject({ action: 'connect', port: application.port, tls });
    expect(Object.keys(atService ?? {})).not.toContain('locality');
  });
});

describe('a request to a service that speaks gRPC', () => {
  test('is judged as a call at both sides, whatever it looks like', async () => {
    await serve({ service: { protocol: 'grpc' } });
    await ask('Content-Type: text/plain\r\n');
    expect(asked()).toMatchObject([
      { action: 'grpc', path: '/' },
      { action: 'grpc', path: '/' },
    ]);
  });

  test('is judged as HTTP where the service speaks HTTP, even if it says gRPC', async () => {
    await serve({ service: { protocol: 'http2' } });
    await ask('Content-Type: application/grpc\r\n');
    expect(asked()).toMatchObject([{ action: 'http' }, { action: 'http' }]);
  });
});

describe('headers that policies read', () => {
  const snapshot = { policyHeaders: ['x-role', 'x-tenant'] };

  test('are those that are named and there, at both sides, and reach the application as they were seen', async () => {
    await serve({ snapshot });
    await ask('X-Tenant: \t acme \r\nx-other: 1\r\n');
    expect(asked()).toMatchObject([
      { headers: { 'x-tenant': 'acme' } },
      { headers: { 'x-tenant': 'acme' } },
    ]);
    expect(asked().flatMap((request) => Object.keys(request ?? {}))).not.toContain('user');
    expect(seen).toContain('x-tenant: acme\r\n');
  });

  test('are missing, not empty, when the request has none', async () => {
    await serve({ snapshot });
    await ask('x-other: 1\r\n');
    for (const request of asked()) expect(Object.keys(request ?? {})).not.toContain('headers');
  });

  test('that end at this hop are neither seen nor forwarded', async () => {
    await serve({ snapshot });
    await ask('x-tenant: acme\r\nConnection: x-tenant\r\n');
    for (const request of asked()) expect(Object.keys(request ?? {})).not.toContain('headers');
    expect(seen).not.toContain('x-tenant');
  });

  for (const [what, fields, answer] of [
    ['twice', 'x-tenant: a\r\nX-Tenant: a\r\n', '400 Bad Request'],
    ['once more with an underscore', 'x-tenant: a\r\nX_Tenant: b\r\n', '400 Bad Request'],
    ['with an underscore alone', 'x_tenant: b\r\n', '400 Bad Request'],
    ['with bytes that have two readings', 'x-tenant: J\xfcrgen\r\n', '400 Bad Request'],
    ['of more than 4 KiB', `x-tenant: ${'a'.repeat(4_097)}\r\n`, '431 Request Header Fields'],
  ] as const) {
    test(`are refused ${what}, and nobody is asked`, async () => {
      await serve({ snapshot });
      expect(await ask(fields)).toContain(`HTTP/1.1 ${answer}`);
      expect(pair.egress.asked).toEqual([]);
      expect(seen).toBe('');
    });
  }

  test('of 4 KiB are read', async () => {
    await serve({ snapshot });
    const value = 'a'.repeat(4_096);
    expect(await ask(`x-tenant: ${value}\r\n`)).toContain('200 OK');
    expect(asked()).toMatchObject([{ headers: { 'x-tenant': value } }, {}]);
  });

  for (const name of ['X-Tenant', 'x_role']) {
    test(`are no trailers (${name})`, async () => {
      await serve({ snapshot });
      const answer = await ask('transfer-encoding: chunked\r\n', `0\r\n${name}: b\r\n\r\n`);
      expect(answer).toContain('x-selvage-reason: bad-chunk');
    });
  }

  test('are not looked at where none is named', async () => {
    await serve();
    expect(await ask('x-tenant: a\r\nx-tenant: b\r\n')).toContain('200 OK');
  });
});
