import { afterEach, beforeEach, expect, test } from 'bun:test';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { eventually } from '../ports/testing/index.ts';
import { ServerCertificates } from './testing/index.ts';
import { serveTlsHttp, type TlsHttpServer } from './tls-http.ts';

const certificates = await ServerCertificates.make();
const first = await certificates.server('tokens.example');
const second = await certificates.server('renewed.example');

const LIFE_MS = 700;
const MAX_CONNECTIONS = 6;
const MAX_CONNECTIONS_OF_ONE = 4;
const MAX_BODY_BYTES = 1_000;
let server: TlsHttpServer;
const sockets: Socket[] = [];

beforeEach(async () => {
  const bounds = {
    maxConnections: MAX_CONNECTIONS,
    maxConnectionsOfOne: MAX_CONNECTIONS_OF_ONE,
    connectionLifeMs: LIFE_MS,
  };
  server = await serveTlsHttp(
    { host: '127.0.0.1', port: 0, credentials: first, ...bounds, maxBodyBytes: MAX_BODY_BYTES },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      if (pathname === '/throws') throw new Error('of the handler');
      const said = { method: request.method, path: pathname + search, body: await request.text() };
      return Response.json(said, { status: 201, headers: { 'x-kind': 'test' } });
    },
  );
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
});

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`https://localhost:${server.port}${path}`, {
    ...init,
    tls: { ca: certificates.caPem, checkServerIdentity: () => undefined },
    keepalive: false,
  });

function client(options: object = {}): TLSSocket {
  const socket = connect({
    host: '127.0.0.1',
    port: server.port,
    rejectUnauthorized: false,
    ...options,
  });
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}
const closed = (socket: Socket) =>
  new Promise<void>((resolve) => socket.on('close', () => resolve()));
const shown = (options: object = {}) =>
  new Promise<string>((resolve, reject) => {
    const socket = client(options);
    socket.on('secureConnect', () => {
      resolve(`${socket.getPeerCertificate().subjectaltname} ${socket.getProtocol()}`);
      socket.destroy();
    });
    socket.on('error', reject);
  });

test('a request is answered, with its method, path, body and fields', async () => {
  const response = await ask('/token?x=1', { method: 'POST', body: 'a=b' });
  expect([response.status, response.headers.get('x-kind')]).toEqual([201, 'test']);
  expect(await response.json()).toEqual({ method: 'POST', path: '/token?x=1', body: 'a=b' });
});

test('TLS 1.2 and 1.3 are spoken, and nothing older', async () => {
  expect(await shown({ maxVersion: 'TLSv1.2' })).toContain('TLSv1.2');
  expect(await shown()).toContain('TLSv1.3');
  await expect(shown({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
});

// linkerd2#15109: a renewal that nobody took up until the old one had ended
test('a renewed certificate is shown from then on, and open connections go on', async () => {
  expect(await shown()).toContain('DNS:tokens.example');
  const open = client();
  await new Promise((resolve) => open.once('secureConnect', resolve));
  server.renew(second);
  expect(await shown()).toContain('DNS:renewed.example');
  await expect(shown({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' })).rejects.toThrow();
  const answered = new Promise<string>((resolve) =>
    open.once('data', (data) => resolve(`${data}`)),
  );
  open.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  expect(await answered).toStartWith('HTTP/1.1 201');
});

test('a certificate that cannot be used is refused, and the old one stays', async () => {
  for (const credentials of [
    { ...second, privateKeyPem: first.privateKeyPem },
    { ...second, certificateChainPem: 'none' },
  ]) {
    expect(() => server.renew(credentials)).toThrow('cannot be used together');
  }
  expect(await shown()).toContain('DNS:tokens.example');
});

test('whoever is slow with the handshake, the head or the body is cut at the end of its time', async () => {
  const silent = connectTcp(server.port, '127.0.0.1');
  sockets.push(silent);
  const [idle, head, body] = [client(), client(), client()];
  head.write('GET / HTTP/1.1\r\nHost: a\r\nX: ');
  body.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc');
  await Promise.all([silent, idle, head, body].map(closed));
});

/** Clients that come at once from `addresses`: those that were taken, and how many were cut. */
function crowd(addresses: readonly string[]) {
  const seen = { taken: 0, cut: 0 };
  const clients = addresses.map((localAddress) => client({ localAddress }));
  for (const socket of clients) {
    socket.on('secureConnect', () => (seen.taken += 1));
    socket.on('close', () => (seen.cut += 1));
  }
  return { clients, seen };
}

test('beyond the connections that it takes a client is cut at once, and others are served later', async () => {
  const { clients, seen } = crowd(
    Array.from({ length: 8 }, (_, at) => (at < 4 ? '127.0.0.2' : '127.0.0.3')),
  );
  await eventually('the clients beyond are cut', () => seen.cut >= 8 - MAX_CONNECTIONS);
  expect(seen.taken).toBeLessThanOrEqual(MAX_CONNECTIONS);
  await Promise.all(clients.filter((socket) => !socket.closed).map(closed)); // at the end of their lives
  expect(await shown()).toContain('TLSv1.3');
});

test('one address that takes all that it can leaves room for the others', async () => {
  const { seen } = crowd(Array.from({ length: 2 * MAX_CONNECTIONS }, () => '127.0.0.1'));
  const beyond = 2 * MAX_CONNECTIONS - MAX_CONNECTIONS_OF_ONE;
  await eventually('most are cut', () => seen.cut >= beyond);
  expect(seen.taken).toBeLessThanOrEqual(MAX_CONNECTIONS_OF_ONE);
  expect(await shown({ localAddress: '127.0.0.2' })).toContain('TLSv1.3');
});

test('a body or a head that is too large is refused', async () => {
  expect((await ask('/', { method: 'POST', body: 'x'.repeat(MAX_BODY_BYTES) })).status).toBe(201);
  expect((await ask('/', { method: 'POST', body: 'x'.repeat(MAX_BODY_BYTES + 1) })).status).toBe(
    413,
  );
  const socket = client();
  const answered = new Promise<string>((resolve) => {
    socket.once('data', (data) => resolve(`${data}`));
    socket.once('close', () => resolve('closed'));
  });
  socket.write(`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`);
  expect(await answered).toMatch(/^HTTP\/1.1 431|^closed/);
});

test('what is no HTTP, and a handler that fails, end their own connection alone', async () => {
  const garbage = client();
  garbage.write('\0\u0001\r\n\r\n');
  await closed(garbage);
  await expect(ask('/throws')).rejects.toThrow();
  expect((await ask('/')).status).toBe(201);
});

test('a port that is taken is said to be', async () => {
  const options = {
    host: '127.0.0.1',
    port: server.port,
    credentials: first,
    maxConnections: 1,
    maxConnectionsOfOne: 1,
    connectionLifeMs: LIFE_MS,
    maxBodyBytes: 1,
  };
  const taken = serveTlsHttp(options, () => new Response());
  await expect(taken).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
});
