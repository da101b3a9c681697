import { afterAll, expect, test } from 'bun:test';
import { createServer as createPlainServer } from 'node:http';
import { connect, createServer } from 'node:tls';
import {
  parseNamespace,
  parseNodeName,
  parseTrustDomain,
  workloadSpiffeId,
} from '../../core/index.ts';
import { inventAuthority } from '../attackers/index.ts';
import { callHttp } from '../clients/index.ts';
import { type Listening, listenOn } from '../listening.ts';
import { openTap, type Tap } from './tap.ts';
import { judgeTls13 } from './tls-records.ts';

const opened: (Listening | Tap)[] = [];
afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()));
});
const host = '127.0.0.1';

const must = <T>(result: { ok: true; value: T } | { ok: false; error: string }): T => {
  if (!result.ok) throw new Error(result.error);
  return result.value;
};
const trustDomain = must(parseTrustDomain('shop.example'));
const forger = await inventAuthority({ trustDomain, node: must(parseNodeName('n1')) });
const identity = await forger.svid(
  workloadSpiffeId(trustDomain, must(parseNamespace('shop')), 'catalog'),
);

async function tapped(server: Parameters<typeof listenOn>[0]): Promise<Tap> {
  const behind = await listenOn(server, host, 0);
  const tap = await openTap({ host, port: 0 }, { host, port: behind.port });
  opened.push(behind, tap);
  tap.record();
  return tap;
}

const tlsEcho = () =>
  createServer({ key: identity.privateKeyPem, cert: identity.certificatePem }, (socket) =>
    socket.on('data', (chunk) => socket.end(chunk)),
  );

async function talk(
  port: number,
  versions: { minVersion: 'TLSv1.2' | 'TLSv1.3'; maxVersion: 'TLSv1.2' | 'TLSv1.3' },
): Promise<string> {
  const socket = connect({ host, port, rejectUnauthorized: false, ...versions });
  const heard: string[] = [];
  socket.on('secureConnect', () => socket.write('a marker'));
  for await (const chunk of socket) heard.push(String(chunk));
  return heard.join('');
}

const judged = (tap: Tap) =>
  tap.captures().map((capture) => judgeTls13(capture.fromClient, capture.fromServer));

test('a conversation in TLS 1.3 is seen whole, as TLS 1.3, and without its words', async () => {
  const tap = await tapped(tlsEcho());
  expect(await talk(tap.port, { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' })).toBe('a marker');
  const captures = tap.captures();
  expect(captures).toHaveLength(1);
  for (const { fromClient, fromServer, whole } of captures) {
    expect(whole).toBe(true);
    expect(judgeTls13(fromClient, fromServer)).toMatchObject({ ok: true });
    expect(Buffer.concat([fromClient, fromServer]).includes('marker')).toBe(false);
  }
});

test('a client that offers TLS 1.2 beside 1.3 is told on', async () => {
  const tap = await tapped(tlsEcho());
  await talk(tap.port, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' });
  expect(judged(tap)).toEqual([{ ok: false, error: 'the client offers 0x0303 too' }]);
});

test('a conversation in TLS 1.2 is told on', async () => {
  const tap = await tapped(tlsEcho());
  await talk(tap.port, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
  expect(judged(tap)).toMatchObject([
    { ok: false, error: expect.stringContaining('in the clear') },
  ]);
});

test('plain words are told on, and found in the capture', async () => {
  const tap = await tapped(createPlainServer((_, response) => response.end('marker')));
  await callHttp({ port: tap.port, method: 'GET', path: '/secret', timeoutMs: 5_000 });
  const [capture] = tap.captures();
  expect(Buffer.from(capture?.fromServer ?? []).includes('marker')).toBe(true);
  expect(judgeTls13(capture?.fromClient ?? new Uint8Array(), new Uint8Array())).toMatchObject({
    ok: false,
    error: expect.stringContaining('client'),
  });
});

test('one plain record after the handshake is told on', async () => {
  const tap = await tapped(tlsEcho());
  await talk(tap.port, { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' });
  const [capture] = tap.captures();
  const alert = Uint8Array.of(21, 3, 3, 0, 2, 1, 0);
  const leaky = Buffer.concat([capture?.fromServer ?? new Uint8Array(), alert]);
  expect(judgeTls13(capture?.fromClient ?? new Uint8Array(), leaky)).toEqual({
    ok: false,
    error: 'the server sent a record of type 21 that begins with 0100 in the clear',
  });
});

test('a tap leads new connections elsewhere when told, and keeps only what it may', async () => {
  const answering = (text: string) => createPlainServer((_, response) => response.end(text));
  const tap = await tapped(answering('first'));
  const other = await listenOn(answering('x'.repeat(2_000_000)), host, 0);
  opened.push(other);
  const call = () => callHttp({ port: tap.port, method: 'GET', path: '/', timeoutMs: 5_000 });
  expect((await call()).text).toBe('first');
  tap.redirect({ host, port: other.port });
  expect((await call()).body.bytes).toBe(2_000_000);
  const [, large] = tap.captures();
  expect(large?.fromServer).toHaveLength(1_048_576);
  expect(large?.whole).toBe(false);
});
