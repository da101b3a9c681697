import { afterEach, beforeEach, expect, test } from 'bun:test';
import { isOutside, type Networks, parseNetworks } from './outside-addresses.ts';
import { askOutside, type OutsideQuestion } from './outside-https.ts';
import { ServerCertificates } from './testing/index.ts';

const certificates = await ServerCertificates.make();
const credentials = await certificates.server('login.example');
const networks = (text: string): Networks => {
  const parsed = parseNetworks(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
};

let server: Bun.Server<undefined>;
let asked: string[];
beforeEach(() => {
  asked = [];
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    tls: { cert: credentials.certificateChainPem, key: credentials.privateKeyPem },
    async fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(`${request.headers.get('host')}${pathname}`);
      if (pathname === '/never') await new Promise(() => undefined);
      if (pathname === '/elsewhere') return Response.redirect('https://login.example/keys');
      return new Response('x'.repeat(pathname === '/large' ? 1_001 : 1_000));
    },
  });
});
afterEach(() => server.stop(true));

const ask = (path: string, over: Partial<OutsideQuestion> = {}) =>
  askOutside({
    url: `https://login.example:${server.port}${path}`,
    allowed: networks('127.0.0.0/8'),
    maxBytes: 1_000,
    timeoutMs: 2_000,
    caPem: certificates.caPem,
    resolve: async () => ['127.0.0.1'],
    ...over,
  });

test('a server is asked by its name, at the address that was judged', async () => {
  expect(await ask('/keys')).toHaveLength(1_000);
  expect(asked).toEqual([`login.example:${server.port}/keys`]);
});

test('SSRF: a name that leads inside is not connected to, however it is written', async () => {
  const allowed = networks('');
  const refused = { code: 'OUTSIDE_REFUSED' };
  for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '169.254.169.254', '::1', 'fd00::1']) {
    const resolve = async () => [address];
    await expect(ask('/keys', { allowed, resolve })).rejects.toMatchObject(refused);
  }
  for (const host of [
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '[::1]',
    '[::ffff:7f00:1]',
    '017700000001',
  ]) {
    const url = `https://${host}:${server.port}/keys`;
    const own = askOutside({ url, allowed, maxBytes: 9, timeoutMs: 2_000 });
    await expect(own).rejects.toMatchObject(refused);
  }
  expect(asked).toEqual([]);
});

test('DNS rebinding: the name is looked up once, and what leads inside is left out', async () => {
  const answers = [['10.0.0.1', '127.0.0.1'], ['10.0.0.1']];
  let looks = 0;
  const resolve = async () => answers[looks++] ?? [];
  expect(await ask('/keys', { resolve })).toHaveLength(1_000);
  expect(looks).toBe(1);
  expect(isOutside('10.0.0.1', networks('127.0.0.0/8'))).toBe(false);
});

test('only https without a user is asked', async () => {
  for (const url of [
    'http://login.example/',
    'file:///etc/passwd',
    'https://a:b@login.example/',
    'x',
  ]) {
    await expect(ask('', { url })).rejects.toMatchObject({ code: 'OUTSIDE_REFUSED' });
  }
});

test('a server that cannot prove the name is not believed', async () => {
  const url = `https://other.example:${server.port}/keys`;
  await expect(ask('', { url })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  const { caPem } = await ServerCertificates.make();
  await expect(ask('/keys', { caPem })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  expect(asked).toEqual([]);
});

test('no variable of the environment makes a server believed that proves nothing', async () => {
  const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
  const before = process.env[name];
  process.env[name] = '0';
  try {
    const url = `https://other.example:${server.port}/keys`;
    await expect(ask('', { url })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
  expect(asked).toEqual([]);
});

test('a redirect is not followed', async () => {
  await expect(ask('/elsewhere')).rejects.toMatchObject({ code: 'OUTSIDE_UNREADABLE' });
  expect(asked).toHaveLength(1);
});

test('an answer that is too large, or takes too long, is given up', async () => {
  await expect(ask('/large')).rejects.toMatchObject({ code: 'OUTSIDE_UNREADABLE' });
  const timeoutMs = 100;
  await expect(ask('/never', { timeoutMs })).rejects.toMatchObject({ code: 'CONNECTION_FAILED' });
  const resolve = () => new Promise<never>(() => undefined);
  await expect(ask('/', { timeoutMs, resolve })).rejects.toMatchObject({
    code: 'CONNECTION_FAILED',
  });
});

test('of several addresses the next is tried when one does not answer', async () => {
  const resolve = async () => ['127.0.0.99', '127.0.0.1'];
  expect(await ask('/keys', { resolve })).toHaveLength(1_000);
});
