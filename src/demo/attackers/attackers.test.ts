import { afterAll, expect, test } from 'bun:test';
import { createServer } from 'node:net';
import type { NodeName, SpiffeId, TrustDomain } from '../../core/index.ts';
import { certificateDer, TrustBundle, verifySvid } from '../../crypto/index.ts';
import { listenOn } from '../listening.ts';
import { intrude, inventAuthority, knock, openTrap, startImpostor } from './index.ts';

const host = '127.0.0.1';
const trustDomain = 'shop.example' as TrustDomain; // checked names, by inspection
const node = 'n1' as NodeName;
const catalog = 'spiffe://shop.example/ns/shop/sa/catalog' as SpiffeId;
const forger = await inventAuthority({ trustDomain, node });
const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

async function impostor() {
  const started = await startImpostor(host, await forger.svid(catalog));
  closing.push(started.close);
  return started;
}

test('an impostor counts who came to it and what they gave away', async () => {
  const { port, connections, receivedBytes } = await impostor();
  const identity = await forger.svid(catalog);
  const request = 'GET / HTTP/1.1\r\nhost: catalog\r\n\r\n';
  const serverName = 'catalog.shop.selvage';
  const outcome = await intrude({
    at: { host, port },
    identity,
    serverName,
    request,
    limitMs: 200,
  });
  expect(outcome.answer).toContain('impostor');
  expect(outcome.end).toBe('still open');
  expect(connections()).toBe(1);
  expect(receivedBytes()).toBe(request.length);
});

test('an intruder that is refused says how, and got no answer', async () => {
  const { port, connections, receivedBytes } = await impostor();
  const outcome = await intrude({
    at: { host, port },
    maxVersion: 'TLSv1.2',
    serverName: 'catalog.shop.selvage',
    request: 'GET /',
  });
  expect(outcome).toEqual({ answer: '', end: expect.stringContaining('PROTOCOL_VERSION') });
  expect(connections()).toBe(1);
  expect(receivedBytes()).toBe(0);
});

test('a forged SVID is one to the letter, and an expired one differs in its dates alone', async () => {
  const bundle = new TrustBundle(trustDomain, [{ pem: forger.certificatePem, namespaces: 'any' }]);
  const judge = async (life: 'good' | 'expired') => {
    const { certificatePem } = await forger.svid(catalog, life);
    return verifySvid(certificateDer(certificatePem), bundle, { now: Date.now() });
  };
  expect(await judge('good')).toMatchObject({ ok: true, value: { spiffeId: catalog } });
  expect(await judge('expired')).toMatchObject({ ok: false, error: { reason: 'expired' } });
});

test('a knock hears what is said until the other side hangs up', async () => {
  const polite = await listenOn(
    createServer((socket) => socket.on('data', () => socket.end('go away'))),
    host,
    0,
  );
  closing.push(polite.close);
  const { port } = polite;
  expect(await knock({ host, port }, Buffer.from('hello'))).toEqual({
    heard: 'go away',
    end: 'closed',
  });
});

test('a trap counts who comes by', async () => {
  const trap = await openTrap(host);
  closing.push(trap.close);
  expect(trap.accepted()).toBe(0);
  await knock({ host, port: trap.port }, Buffer.from('x'), 50);
  expect(trap.accepted()).toBe(1);
});
