import { afterEach, expect, test } from 'bun:test';
import { connect as connectTls } from 'node:tls';
import { generatePrivateKey, issueSvid, privateKeyToPem, publicKeyOf } from '../crypto/index.ts';
import { idOf, newAuthority } from '../crypto/testing/index.ts';
import type { DialHandlers, Socket, TlsIdentity } from '../ports/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { keyExchangeOf } from './key-exchange.ts';
import { realRandom } from './real-time.ts';
import { bunSockets } from './sockets.ts';

const HOUR_MS = 3_600_000;
/** Of named groups (RFC 8446 section 4.2.7): X25519 with ML-KEM-768, safe from computers to come. */
const X25519MLKEM768 = 0x11ec;
const KEY_SHARE = 51;
/** Record header, handshake header, legacy version and random (RFC 8446 sections 5.1, 4, 4.1.3). */
const SESSION_ID_AT = 5 + 4 + 2 + 32;

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** The group that a server chose, from its first bytes, which are in clear. */
function chosenGroup(serverHello: Buffer): number | undefined {
  let at = SESSION_ID_AT + 1 + (serverHello[SESSION_ID_AT] ?? 0) + 2 + 1; // cipher suite, compression
  const end = at + 2 + serverHello.readUInt16BE(at);
  for (at += 2; at < end; at += 4 + serverHello.readUInt16BE(at + 2)) {
    if (serverHello.readUInt16BE(at) === KEY_SHARE) return serverHello.readUInt16BE(at + 4);
  }
  return undefined;
}

const handlers = (react: Partial<DialHandlers<object>>): DialHandlers<object> => ({
  open: () => undefined,
  data: () => undefined,
  drain: () => undefined,
  end: () => undefined,
  close: () => undefined,
  error: () => undefined,
  connectError: () => undefined,
  ...react,
});

/** Passes everything on, and keeps the first that the server said on each connection. */
function tap(port: number) {
  const hellos: Buffer[] = [];
  const listener = bunSockets.listen<{ to?: Socket<object>; early: Buffer[] }>(
    { host: '127.0.0.1', port: 0 },
    {
      ...handlers({}),
      open: (client) => {
        const early: Buffer[] = [];
        client.data = { early };
        let first = true;
        const toServer = handlers({
          open: (server) => {
            client.data.to = server;
            for (const bytes of early) server.write(bytes);
          },
          data: (_server, bytes) => {
            if (first) hellos.push(Buffer.from(bytes));
            first = false;
            client.write(bytes);
          },
        });
        bunSockets.connect({ host: '127.0.0.1', port }, {}, toServer);
      },
      data: ({ data: { to, early } }, bytes) => {
        if (to === undefined) early.push(Buffer.from(bytes));
        else to.write(bytes);
      },
      close: ({ data }) => data.to?.terminate(),
    },
  );
  stops.push(() => listener.stop());
  return { port: listener.port, hellos };
}

/** Of two workloads. */
async function identities(): Promise<readonly [TlsIdentity, TlsIdentity]> {
  const { issuer } = await newAuthority(HOUR_MS, { now: Date.now() });
  const identityOf = async (name: string): Promise<TlsIdentity> => {
    const key = generatePrivateKey('p256');
    const spiffeId = idOf(`spiffe://shop.example/ns/default/sa/${name}`);
    const made = { issuer, publicKey: publicKeyOf(key), spiffeId, now: Date.now() };
    const { pem } = issueSvid({ ...made, lifeMs: HOUR_MS, random: realRandom });
    const privateKeyPem = privateKeyToPem(key);
    return { certificateChainPem: pem, privateKeyPem, authoritiesPem: [issuer.pem] };
  };
  return [await identityOf('web'), await identityOf('client')];
}

/** Greets who comes, and notes what is told of the key. */
function greeter(identity: TlsIdentity, told: string[]): number {
  const served = bunSockets.tlsContext(identity);
  const listener = bunSockets.listen(
    { host: '127.0.0.1', port: 0, tls: served },
    handlers({
      open: (socket) => bunSockets.present(socket, served),
      handshake: (socket) => {
        told.push(bunSockets.keyExchange(socket));
        socket.write(Buffer.from('hello'));
      },
    }),
  );
  stops.push(() => listener.stop());
  return listener.port;
}

test('two ends agree on a key that is safe from computers to come, in a resumed session too', async () => {
  const [web, client] = await identities();
  const used = bunSockets.tlsContext(client);
  const told: string[] = [];
  const { port, hellos } = tap(greeter(web, told));
  let session: Uint8Array | undefined;
  const resumed: boolean[] = [];
  const connect = async () => {
    let answered = false;
    const tls = { context: used, serverName: 'web.default.selvage' };
    const react = handlers({
      open: (socket) => {
        if (session !== undefined) socket.setSession(session);
      },
      data: (socket) => {
        session = socket.getSession();
        resumed.push(socket.isSessionReused());
        told.push(bunSockets.keyExchange(socket));
        answered = true;
        socket.terminate();
      },
    });
    bunSockets.connect({ host: '127.0.0.1', port, tls }, {}, { handshake: () => {}, ...react });
    await eventually('an answer', () => answered);
  };
  await connect();
  await connect();
  expect(resumed).toEqual([false, true]);
  expect(hellos.map(chosenGroup)).toEqual([X25519MLKEM768, X25519MLKEM768]);
  expect(told).toEqual(Array.from({ length: 4 }, () => 'X25519MLKEM768'));
});

test.each([
  ['X25519', 'X25519'],
  ['P-256', 'secp256r1'],
  ['P-384', 'other'],
])('a peer that can %s only is told of as %s', async (ecdhCurve, expected) => {
  const [web, client] = await identities();
  const told: string[] = [];
  const { certificateChainPem: cert, privateKeyPem: key } = client;
  const to = { host: '127.0.0.1', port: greeter(web, told), rejectUnauthorized: false };
  const socket = connectTls({ ...to, cert, key, ecdhCurve });
  stops.push(() => socket.destroy());
  await eventually('a handshake', () => told.length === 1);
  expect(told).toEqual([expected]);
});

test('a session that cannot be read tells of nothing, wherever it is cut', () => {
  const session = Buffer.from('3009b2040202' + '11ec' + '0401aa', 'hex');
  expect(keyExchangeOf(session)).toBe('X25519MLKEM768');
  for (let length = 0; length < session.length; length += 1) {
    expect(keyExchangeOf(session.subarray(0, length))).toBe('unknown');
  }
  expect(keyExchangeOf(undefined)).toBe('unknown');
  expect(keyExchangeOf(Buffer.from('3084ffffffff', 'hex'))).toBe('unknown');
});
