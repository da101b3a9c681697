import { afterEach, describe, expect, test } from 'bun:test';
import type { ServiceKey, SpiffeId } from '../../core/index.ts';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import { HANDSHAKE_TIMEOUT_MS } from '../limits.ts';
import {
  type Application,
  answering,
  identityOf,
  okAnswer,
  type Pair,
  type PairOptions,
  RawClient,
  recordingEngine,
  snapshotOf,
  startApplication,
  startAuthority,
  startPair,
  startPlane,
  WEB,
} from '../testing/index.ts';
import { tunnelServerName } from './index.ts';

let pair: Pair;
let application: Application;
const stops: (() => void)[] = [];

async function serve(options: PairOptions = {}): Promise<void> {
  application = startApplication({ received: answering(okAnswer('ok')) });
  pair = await startPair(application, options);
}

afterEach(async () => {
  for (const stop of stops.splice(0)) stop();
  await pair.stop();
});

interface ClientTls {
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly tls12?: boolean;
}

/** A peer of no data plane: begins to speak at once, and waits for an answer or the end. */
async function approach(options: ClientTls) {
  const { cert, key, serverName = tunnelServerName(WEB), tls12 = false } = options;
  let answer = '';
  let closed = false;
  const tls = {
    ...(cert === undefined ? {} : { cert, key }),
    serverName,
    rejectUnauthorized: false,
    ...(tls12 ? { maxVersion: 0x0303 } : { minVersion: 0x0304 }), // Bun has them untyped
  };
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: pair.inboundPort,
    tls,
    socket: {
      handshake: (self) => void self.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      data: (_self, bytes) => {
        answer += bytes.toString('latin1');
      },
      close: () => {
        closed = true;
      },
      error: () => undefined,
    },
  });
  await eventually('an end or an answer', () => closed || answer !== '');
  return { answer, leave: () => socket.terminate() };
}

/** What it was told, before it left. */
async function stranger(options: ClientTls): Promise<string> {
  const { answer, leave } = await approach(options);
  leave();
  return answer;
}

const refused = (result: string): number =>
  pair.callee.meter.value('selvage_tls_handshakes_total', { role: 'server', result });
const asClient = async (account = 'client', from = pair.authority) => {
  const identity = await identityOf(from, account);
  return { cert: identity.certificateChainPem, key: identity.privateKeyPem };
};

describe('an inbound listener', () => {
  test('serves a peer with an SVID of an authority in force', async () => {
    await serve();
    expect(await stranger(await asClient())).toStartWith('\0\0'); // its SETTINGS
  });

  test('serves no more connections of one peer than its share of all', async () => {
    await serve({ maxPeers: 8 });
    const client = await asClient();
    const open = [await approach(client), await approach(client)];
    expect(await stranger(client)).toBe('');
    expect(await stranger(await asClient('other'))).toStartWith('\0\0');
    expect(open.map(({ answer }) => answer === '')).toEqual([false, false]);
    open[0]?.leave();
    await eventually('it is gone', () => pair.callee.plane.census().clients === 1);
    expect(await stranger(client)).toStartWith('\0\0');
    open[1]?.leave();
  });

  test('refuses a peer without a certificate', async () => {
    await serve();
    expect(await stranger({})).toBe('');
    await eventually('a refusal', () => refused('protocol') === 1);
  });

  test('refuses TLS 1.2', async () => {
    await serve();
    expect(await stranger({ ...(await asClient()), tls12: true })).toBe('');
    await eventually('a refusal', () => refused('protocol') === 1);
  });

  test('refuses a certificate of another authority with the same name', async () => {
    await serve();
    expect(await stranger(await asClient('client', await startAuthority()))).toBe('');
    await eventually('a refusal', () => refused('unknown-authority') + refused('protocol') === 1);
  });

  test('refuses an expired certificate', async () => {
    await serve();
    const expired = await identityOf(pair.authority, 'client', { now: Date.now() - 7_200_000 });
    const { certificateChainPem: cert, privateKeyPem: key } = expired;
    expect(await stranger({ cert, key })).toBe('');
    await eventually('a refusal', () => refused('expired') === 1);
  });

  test('refuses a peer that asks for another service, or none', async () => {
    await serve();
    const client = await asClient();
    const other = tunnelServerName('default/other' as ServiceKey); // a service key
    expect(await stranger({ ...client, serverName: other })).toBe('');
    expect(await stranger({ ...client, serverName: 'localhost' })).toBe('');
    await eventually('two refusals', () => refused('wrong-service') === 2);
  });

  test('refuses plain HTTP, and passes nothing on', async () => {
    await serve();
    const client = await RawClient.connect(pair.inboundPort);
    client.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n');
    expect(await client.finish()).not.toContain('200');
    expect(application.connections.length).toBe(0);
  });

  test('closes what does not finish its handshake in time', async () => {
    const clock = new FakeClock(Date.now());
    await serve({ clock });
    const client = await RawClient.connect(pair.inboundPort);
    await eventually('it is accepted', () => pair.callee.plane.census().clients === 1);
    clock.advance(HANDSHAKE_TIMEOUT_MS - 200);
    expect(pair.callee.plane.census().clients).toBe(1);
    clock.advance(400);
    await client.finish();
    expect(refused('timeout')).toBe(1);
  });

  test('refuses itself', async () => {
    await serve();
    const own = startPlane();
    stops.push(() => own.plane.stop());
    own.plane.useIdentity(await identityOf(pair.authority, 'web'));
    own.plane.apply({ snapshot: snapshotOf([pair.authority]), engine: recordingEngine() });
    const options = { host: '127.0.0.1', port: 0, service: WEB };
    const target = { host: '127.0.0.1', port: application.port };
    const inbound = own.plane.openInbound({ ...options, target });
    const snapshot = snapshotOf([pair.authority], { ports: [inbound.port] });
    own.plane.apply({ snapshot, engine: recordingEngine() });
    const outbound = own.plane.openOutbound(options);
    const client = await RawClient.connect(outbound.port);
    await client.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('unreachable');
    expect(
      own.meter.value('selvage_tls_handshakes_total', { role: 'client', result: 'self' }),
    ).toBe(1);
  });
});

describe('an outbound connection', () => {
  const get = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';

  /** A server with the given certificate, which is the only endpoint of the service. */
  async function impostor(cert: string, key: string): Promise<string[]> {
    const heard: string[] = [];
    const listener = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      tls: { cert, key },
      socket: {
        data: (_socket, bytes) => void heard.push(bytes.toString()),
        error: () => undefined,
      },
    });
    stops.push(() => listener.stop(true));
    pair.apply({ ports: [listener.port] });
    return heard;
  }

  const failedAs = (result: string): number =>
    pair.caller.meter.value('selvage_tls_handshakes_total', { role: 'client', result });

  test('gives no byte to a peer with the right authority and the wrong SPIFFE ID (CVE-2021-32574)', async () => {
    await serve();
    const identity = await identityOf(pair.authority, 'other');
    const heard = await impostor(identity.certificateChainPem, identity.privateKeyPem);
    await (await pair.connect()).send(get).reads('unreachable');
    expect(failedAs('wrong-identity')).toBe(1);
    expect(heard).toEqual([]);
  });

  test('gives no byte to a peer of another authority', async () => {
    await serve();
    const identity = await identityOf(await startAuthority(), 'web');
    const heard = await impostor(identity.certificateChainPem, identity.privateKeyPem);
    await (await pair.connect()).send(get).reads('unreachable');
    expect(failedAs('unknown-authority')).toBe(1);
    expect(heard).toEqual([]);
  });

  test('gives no byte to a peer whose certificate has expired', async () => {
    await serve();
    const identity = await identityOf(pair.authority, 'web', { now: Date.now() - 7_200_000 });
    const heard = await impostor(identity.certificateChainPem, identity.privateKeyPem);
    await (await pair.connect()).send(get).reads('unreachable');
    expect(failedAs('expired')).toBe(1);
    expect(heard).toEqual([]);
  });

  test('gives no byte to a peer of another trust domain', async () => {
    await serve();
    const spiffeId = 'spiffe://evil.example/ns/default/sa/web' as SpiffeId; // an ID, by inspection
    const identity = await identityOf(pair.authority, 'web', { spiffeId });
    const heard = await impostor(identity.certificateChainPem, identity.privateKeyPem);
    await (await pair.connect()).send(get).reads('unreachable');
    expect(failedAs('other-trust-domain')).toBe(1);
    expect(heard).toEqual([]);
  });

  test('gives up on a peer that does not finish its handshake', async () => {
    const clock = new FakeClock(Date.now());
    await serve({ clock });
    const silent = startApplication();
    stops.push(() => silent.stop());
    pair.apply({ ports: [silent.port], requestTimeoutMs: 20_000 });
    const client = await pair.connect();
    client.send(get);
    await eventually('it is connected to', () => silent.connections.length === 1);
    await eventually('the hello is there', () => silent.connections[0]?.text !== '');
    clock.advance(HANDSHAKE_TIMEOUT_MS + 200);
    await client.reads('unreachable');
    expect(failedAs('timeout')).toBe(1);
  });
});
