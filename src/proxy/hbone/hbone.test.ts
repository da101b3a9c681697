import { afterEach, describe, expect, test } from 'bun:test';
import { entriesOf } from '../../crypto/testing/index.ts';
import type { SocketAddress } from '../../ports/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import {
  type Application,
  answering,
  identityOf,
  okAnswer,
  type Pair,
  type PairOptions,
  type ServiceOverrides,
  snapshotOf,
  startApplication,
  startAuthority,
  startPair,
  WEB,
} from '../testing/index.ts';
import { HBONE_LABEL } from './hbone-servers.ts';
import { type Asked, NODE, ZtunnelLike } from './testing/ztunnel-like.ts';

let pair: Pair;
let application: Application;
let place: SocketAddress;
const peers: ZtunnelLike[] = [];

async function serve(
  protocol: ServiceOverrides['protocol'] & {},
  start: Parameters<typeof startApplication>[0],
  options: PairOptions = {},
): Promise<void> {
  application = startApplication(start);
  pair = await startPair(application, { ...options, service: { protocol } });
  const target = { host: '127.0.0.1', port: application.port };
  place = pair.callee.plane.openHbone({ host: '127.0.0.1', port: 0, service: WEB, target });
}

afterEach(async () => {
  for (const peer of peers.splice(0)) await peer.stop();
  await pair.stop();
});

/** What a peer says that asks for the application. */
async function ask(
  asked: Partial<Asked> = {},
  from = pair.authority,
): Promise<Record<string, unknown>> {
  const whole = { port: place.port, authority: `127.0.0.1:${application.port}`, ...asked };
  const peer = new ZtunnelLike(await identityOf(from, 'ztunnel'), pair.authority, whole);
  peers.push(peer);
  return peer.says();
}

const echoing: Parameters<typeof startApplication>[0] = {
  ended: (connection) => {
    connection.write(`got ${connection.text}`);
    connection.shutdown();
  },
};

describe.skipIf(NODE === null)('a peer that speaks HBONE (needs node)', () => {
  test('reaches an application of bytes, by ALPN, decided on as a connection', async () => {
    await serve('tcp', echoing);
    expect(await ask({ text: 'hello' })).toMatchObject({
      alpn: 'h2',
      status: 200,
      text: 'got hello',
    });
    expect(pair.ingress.asked).toMatchObject([
      {
        action: 'connect',
        protocol: 'tcp',
        principal: 'spiffe://shop.example/ns/default/sa/ztunnel',
        resource: WEB,
        port: application.port,
      },
    ]);
  });

  test('reaches an application of requests, which are decided on one by one', async () => {
    const received: string[] = [];
    const answer = answering(okAnswer('ok'));
    await serve(
      'http',
      {
        received: (connection) => {
          received.push(connection.text);
          answer(connection);
        },
      },
      { mayEnter: (asked) => asked.action === 'http' && asked.path === '/yes' },
    );
    const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: web\r\n${more}\r\n`;
    const heard = await ask({ text: get('/yes') + get('/no', 'Connection: close\r\n') });
    expect(heard).toMatchObject({ status: 200 });
    expect(heard.text).toMatch(/^HTTP\/1\.1 200 .*HTTP\/1\.1 403 .*denied-by-policy/s);
    expect(pair.ingress.asked.map(({ action }) => action)).toEqual(['http', 'http']);
    expect(received).toHaveLength(1);
    expect(received[0]).toContain('x-selvage-peer: spiffe://shop.example/ns/default/sa/ztunnel');
  });

  test('reaches one of which nobody says what it speaks, as what its first bytes are', async () => {
    await serve('auto', echoing);
    expect(await ask({ text: '\0\0bytes' })).toMatchObject({ status: 200, text: 'got \0\0bytes' });
    expect(pair.ingress.asked).toMatchObject([{ action: 'connect' }]);
  });

  test('reaches nothing else: another port, another host, or by another method', async () => {
    await serve('tcp', echoing);
    const wrong = { 'x-selvage-reason': 'wrong-destination' };
    for (const asked of [
      { authority: `127.0.0.1:${application.port + 1}` },
      { authority: `10.1.2.3:${application.port}` },
      { authority: 'localhost:22' },
      { method: 'GET' },
      { method: 'HEAD' },
    ]) {
      expect(await ask(asked)).toMatchObject({ status: 400, fields: wrong });
    }
    expect(application.connections.length).toBe(0);
    expect(pair.ingress.asked).toEqual([]);
  });

  test('is refused with a status when no policy lets it in, or nobody listens', async () => {
    await serve('tcp', echoing, { mayEnter: () => false });
    expect(await ask()).toMatchObject({ status: 403 });
    pair.apply({ protocol: 'udp' });
    expect(await ask()).toMatchObject({ status: 502 });
    expect(application.connections.length).toBe(0);
  });

  test('is not let in without an SVID of this mesh', async () => {
    await serve('tcp', echoing);
    const heard = await ask({}, await startAuthority('other'));
    expect(heard.status ?? 0).toBe(0);
    const refused = (result: string) =>
      pair.callee.meter.value('selvage_tls_handshakes_total', { role: 'server', result });
    await eventually('a refusal', () => refused('unknown-authority') + refused('protocol') === 1);
    expect(application.connections.length).toBe(0);
  });

  test('sees each new certificate, by ALPN still, on the same port', async () => {
    await serve('tcp', echoing);
    for (const text of ['one', 'two', 'three']) {
      pair.callee.plane.useIdentity(await identityOf(pair.authority, 'web'));
      expect(await ask({ text })).toMatchObject({ alpn: 'h2', text: `got ${text}` });
    }
    const added = await startAuthority('n2');
    const bundle = entriesOf(pair.authority.pem, added.pem);
    pair.apply({ protocol: 'tcp' }, { bundle });
    const peer = new ZtunnelLike(await identityOf(added, 'ztunnel'), pair.authority, {
      port: place.port,
      authority: `127.0.0.1:${application.port}`,
      text: 'four',
    });
    peers.push(peer);
    expect(await peer.says()).toMatchObject({ alpn: 'h2', text: 'got four' });
  });
});

describe.skipIf(NODE === null)('an endpoint that speaks HBONE (needs node)', () => {
  async function serveElsewhere(
    account: string,
    port = 5_432,
    protocol: 'tcp' | 'http' = 'tcp',
  ): Promise<ZtunnelLike> {
    const peer = new ZtunnelLike(
      await identityOf(pair.authority, account),
      pair.authority,
      undefined,
    );
    peers.push(peer);
    const { port: hbonePort } = await peer.says();
    const labels = { [HBONE_LABEL]: String(hbonePort) };
    const { services } = snapshotOf([pair.authority], { protocol, ports: [port] });
    const labelled = services.map((service) => ({
      ...service,
      endpoints: service.endpoints.map((endpoint) => ({ ...endpoint, labels })),
    }));
    pair.apply({}, { services: labelled });
    return peer;
  }

  test('is asked for the application by its address, under mutual TLS', async () => {
    await serve('tcp', echoing);
    const peer = await serveElsewhere('web');
    const client = await pair.connect();
    await client.send('hello').reads('got hello');
    expect(await peer.says(1)).toMatchObject({
      alpn: 'h2',
      peer: 'URI:spiffe://shop.example/ns/default/sa/client',
      fields: { ':method': 'CONNECT', ':authority': '127.0.0.1:5432' },
    });
    expect(await client.shutdown().finish()).toBe('got hello');
  });

  test('gets no byte unless its SPIFFE ID may serve the service', async () => {
    await serve('tcp', echoing);
    const peer = await serveElsewhere('other');
    const client = await pair.connect();
    await client.send('secret').finish();
    expect(peer.said.length).toBe(1);
  });

  test('gets no request, since it takes connections only', async () => {
    await serve('http', echoing);
    const peer = await serveElsewhere('web', 5_432, 'http');
    const client = await pair.connect();
    await client.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('unreachable');
    expect(peer.said.length).toBe(1);
  });

  test('that refuses is a reset for the client', async () => {
    await serve('tcp', echoing);
    const peer = await serveElsewhere('web', 1);
    const client = await pair.connect();
    await client.send('hello').finish();
    expect(client.error).toContain('reset');
    expect(await peer.says(1)).toMatchObject({ fields: { ':authority': '127.0.0.1:1' } });
  });
});
