import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import {
  CONNECTION_CHECK_MS,
  EXPIRY_MARGIN_MS,
  IDLE_POOL_MS,
  LINGER_MS,
  RENEW_SPREAD_MS,
} from './limits.ts';
import {
  type AppConnection,
  type Application,
  accountId,
  answering,
  identityOf,
  okAnswer,
  type Pair,
  type PairOptions,
  recordingEngine,
  snapshotOf,
  startApplication,
  startAuthority,
  startPair,
  startPlane,
  UdpProgram,
  WEB,
} from './testing/index.ts';

let pair: Pair;
let application: Application;

async function serve(options: PairOptions = {}): Promise<void> {
  application = startApplication({ received: answering(okAnswer('ok')) });
  pair = await startPair(application, options);
}

afterEach(() => pair?.stop());

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const handshakes = (): number =>
  pair.callee.meter.value('selvage_tls_handshakes_total', { role: 'server', result: 'ok' });
const pooled = (): number => pair.caller.plane.census().pooled;

async function ask(): Promise<string> {
  const client = await pair.connect();
  const answer = await client.send(GET).reads('\r\n\r\n');
  client.reset();
  return answer;
}

describe('a new certificate', () => {
  test('is used for new connections, and cuts none', async () => {
    const clock = new FakeClock(Date.now());
    await serve({ service: { protocol: 'tcp' }, clock });
    const old = await pair.connect();
    await old.send(GET).reads('ok');
    pair.caller.plane.useIdentity(await identityOf(pair.authority, 'client'));
    pair.callee.plane.useIdentity(await identityOf(pair.authority, 'web'));
    const dialling = () => pair.caller.plane.census().dialling > 0;
    for (let ms = 0; ms <= RENEW_SPREAD_MS && !dialling(); ms += 100) clock.advance(100);
    await eventually('there is a new one', () => handshakes() === 2);
    await (await pair.connect()).send(GET).reads('ok');
    expect(handshakes()).toBe(2);
    old.text = '';
    await old.send(GET).reads('ok');
  });

  test('of another identity retires pooled connections at once', async () => {
    await serve();
    await ask();
    expect(pooled()).toBe(1);
    pair.caller.plane.useIdentity(await identityOf(pair.authority, 'other'));
    expect(await ask()).toContain('200 OK');
    expect(pair.ingress.asked.at(-1)?.principal).toBe(accountId('other'));
    expect(handshakes()).toBe(2);
  });

  test('that is none is refused, and the one before stays in use', async () => {
    await serve();
    const identity = await identityOf(pair.authority, 'client');
    const broken = { ...identity, certificateChainPem: 'no certificate' };
    expect(() => pair.caller.plane.useIdentity(broken)).toThrow('cannot be used');
    const other = await identityOf(pair.authority, 'client');
    const mixed = { ...identity, privateKeyPem: other.privateKeyPem };
    expect(() => pair.caller.plane.useIdentity(mixed)).toThrow('cannot be used');
    expect(await ask()).toContain('200 OK');
  });

  test('is needed before an inbound listener opens', () => {
    const { plane } = startPlane();
    const options = { host: '127.0.0.1', port: 0, service: WEB };
    const target = { host: '127.0.0.1', port: 1 };
    expect(() => plane.openInbound({ ...options, target })).toThrow('cannot be served');
  });
});

describe('the end of a certificate', () => {
  const lifeMs = 600_000;

  test('ends tunnels that its peer has', async () => {
    const clock = new FakeClock(Date.now());
    await serve({ service: { protocol: 'tcp' }, clock, lifeMs });
    const client = await pair.connect();
    await client.send(GET).reads('ok');
    clock.advance(lifeMs - 2_000);
    expect(client.closed).toBe(false);
    for (let elapsedMs = 0; elapsedMs < 2_200; elapsedMs += 100) {
      if (pair.caller.plane.census().clients === 0) break;
      client.text = '';
      await client.send(GET).reads('ok'); // movement does not keep it
      clock.advance(100);
    }
    await eventually('the end', () => client.closed);
  });

  test('retires pooled connections before it comes', async () => {
    const clock = new FakeClock(Date.now());
    await serve({ clock, lifeMs: IDLE_POOL_MS });
    await ask();
    expect(pooled()).toBe(1);
    clock.advance(IDLE_POOL_MS - EXPIRY_MARGIN_MS + CONNECTION_CHECK_MS + 1_000);
    await eventually('it is closed', () => pooled() === 0);
  });
});

describe('a pooled connection', () => {
  test('is closed when its endpoint leaves, or its peer may no longer serve', async () => {
    await serve();
    await ask();
    expect(pooled()).toBe(1);
    pair.apply({ ports: [] });
    await eventually('it is closed', () => pooled() === 0);
    pair.apply({});
    await ask();
    expect(pooled()).toBe(1);
    pair.apply({ identities: [] });
    await eventually('it is closed', () => pooled() === 0);
    expect(await ask()).toContain('x-selvage-reason: unreachable');
  });
});

describe('a change of what is in force', () => {
  test('counts for the next request of an open connection', async () => {
    await serve();
    const client = await pair.connect();
    await client.send(GET).reads('200 OK');
    const snapshot = snapshotOf([pair.authority], { ports: [pair.inboundPort] });
    pair.callee.plane.apply({ snapshot, engine: recordingEngine(() => false) });
    await client.send(GET).reads('403 Forbidden');
  });

  test('that removes an authority ends the trust in peers that are connected', async () => {
    await serve();
    await ask();
    const other = await startAuthority('n2');
    const snapshot = snapshotOf([other], { ports: [pair.inboundPort] });
    pair.callee.plane.apply({ snapshot, engine: recordingEngine() });
    const { plane, meter } = pair.callee;
    await eventually('the connection is cut', () => plane.census().clients === 0);
    const labels = { role: 'server', reason: 'certificate' };
    expect(meter.value('selvage_cut_tunnels_total', labels)).toBe(1);
    expect(await ask()).toContain('x-selvage-reason: upstream-closed');
  });

  test('that adds an authority lets its peers in', async () => {
    await serve();
    const other = await startAuthority('n2');
    const snapshot = snapshotOf([pair.authority, other], { ports: [pair.inboundPort] });
    for (const { plane } of [pair.caller, pair.callee]) {
      plane.apply({ snapshot, engine: recordingEngine() });
    }
    pair.caller.plane.useIdentity(await identityOf(other, 'client'));
    expect(await ask()).toContain('200 OK');
  });
});

describe('draining', () => {
  test('lets a request under way finish, accepts no new connection, and then is over', async () => {
    let answer = (): void => undefined;
    application = startApplication({
      received: (connection) => {
        answer = () => connection.write(okAnswer('slow'));
      },
    });
    pair = await startPair(application);
    const idle = await pair.connect();
    const client = await pair.connect();
    client.send(GET);
    await eventually('it arrives', () => application.connections.length === 1);
    let drained = false;
    const draining = pair.caller.plane.drain(5_000).then(() => {
      drained = true;
    });
    await idle.finish();
    await expect(pair.connect()).rejects.toThrow();
    expect(drained).toBe(false);
    answer();
    const text = await client.finish();
    expect(text).toContain('connection: close\r\n');
    expect(text).toEndWith('slow');
    idle.shutdown();
    client.shutdown();
    await draining;
  });

  test('with patience answers clients that were idle once more, and tells them to go elsewhere', async () => {
    await serve();
    const idle = await pair.connect();
    await idle.send(GET).reads('200 OK');
    const fresh = await pair.connect();
    const draining = pair.caller.plane.drain(5_000, 5_000);
    await expect(pair.connect()).rejects.toThrow();
    for (const client of [idle, fresh]) {
      client.text = '';
      client.send(GET);
      expect(await client.finish()).toContain('connection: close\r\n');
      expect(client.text).toContain('200 OK');
      client.shutdown();
    }
    await draining;
  });

  test('is over after its limit, whatever is under way', async () => {
    const clock = new FakeClock(Date.now());
    application = startApplication();
    pair = await startPair(application, { clock });
    (await pair.connect()).send(GET);
    await eventually('it arrives', () => application.connections.length === 1);
    const draining = pair.caller.plane.drain(1_000);
    clock.advance(1_100);
    await draining;
  });
});

describe('the readiness of an application', () => {
  test('is told when it begins to listen, when it stops, and never twice', async () => {
    const clock = new FakeClock(Date.now());
    const { plane } = startPlane(clock);
    const gone = startApplication();
    gone.stop();
    const changes: boolean[] = [];
    const target = { host: '127.0.0.1', port: gone.port };
    const stop = plane.watchTarget(target, (listening) => changes.push(listening));
    await eventually('not listening', () => changes.length === 1);
    const started = startApplication({}, gone.port);
    await eventually('listening', () => {
      clock.advance(50);
      return changes.length === 2;
    });
    clock.advance(1_000);
    await eventually('it is asked again', () => started.connections.length === 2);
    expect(plane.census().servers).toBe(1); // although the application never closed the first
    started.stop();
    await eventually('not listening', () => {
      clock.advance(50);
      return changes.length === 3;
    });
    expect(changes).toEqual([false, true, false]);
    stop();
    await eventually('nothing is left', () => Object.values(plane.census()).every((n) => n === 0));
  });

  test('is told of one that takes datagrams, too', async () => {
    const clock = new FakeClock(Date.now());
    const { plane } = startPlane(clock);
    let application = new UdpProgram();
    const { port } = application;
    const changes: boolean[] = [];
    const stop = plane.watchTarget({ host: '127.0.0.1', port }, (is) => changes.push(is));
    await eventually('listening', () => changes.length === 1);
    application.stop();
    const changed = (count: number) => () => {
      clock.advance(50);
      return changes.length === count;
    };
    await eventually('not listening', changed(2));
    application = new UdpProgram(undefined, port);
    await eventually('listening again', changed(3));
    expect(changes).toEqual([true, false, true]);
    application.stop();
    stop();
  });
});

test('a sidecar that drains does not take the last answer away from a slow reader', async () => {
  const clock = new FakeClock(Date.now());
  let asked: AppConnection | undefined;
  const received = (connection: AppConnection) => {
    asked = connection;
  };
  application = startApplication({ received });
  pair = await startPair(application, { clock });
  const client = (await pair.connect()).send(GET);
  await eventually('it arrives', () => asked !== undefined);
  void pair.caller.plane.drain(600_000, 600_000);
  client.pause();
  const body = 'x'.repeat(1_000_000);
  asked?.write(okAnswer(body));
  await eventually('all is passed on', () => pair.caller.plane.census().exchanges === 0);
  for (let ms = 0; ms < 2 * LINGER_MS; ms += 100) clock.advance(100);
  client.resume();
  expect((await client.finish()).length).toBeGreaterThan(body.length);
  await eventually('it is gone', () => pair.caller.plane.census().clients === 0);
});
