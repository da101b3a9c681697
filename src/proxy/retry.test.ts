import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import { data, headers, RawPeer, settingsFrame } from './http2/testing/index.ts';
import { FRAME } from './http2/wire.ts';
import type { WorkloadIdentity } from './index.ts';
import {
  type AppConnection,
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
  startPair,
  startPlane,
  type TestPlane,
  WEB,
} from './testing/index.ts';

let pair: Pair;
const applications: Application[] = [];
const planes: TestPlane[] = [];

const app = (received: (connection: AppConnection) => void): Application => {
  const application = startApplication({ received });
  applications.push(application);
  return application;
};

/** A second sidecar that serves the same service, in front of `application`. Returns its inbound port. */
async function replica(application: Pick<Application, 'port'>): Promise<number> {
  const started = startPlane();
  planes.push(started);
  started.plane.useIdentity(await identityOf(pair.authority, 'web'));
  started.plane.apply({ snapshot: snapshotOf([pair.authority]), engine: recordingEngine() });
  const target = { host: '127.0.0.1', port: application.port };
  return started.plane.openInbound({ host: '127.0.0.1', port: 0, service: WEB, target }).port;
}

async function serve(application: Application, options: PairOptions = {}): Promise<void> {
  pair = await startPair(application, options);
}

afterEach(async () => {
  await pair.settled();
  for (const application of applications.splice(0)) application.stop();
  for (const { plane } of planes.splice(0)) plane.stop();
  await pair.stop();
});

const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 5\r\n\r\nhello';
const retries = (): number =>
  pair.caller.meter.value('selvage_retries_total', { destination: WEB });

/** Sends `request` so often that each of two endpoints is chosen first at least once. */
async function everyAnswer(request: string, times = 4): Promise<string[]> {
  const answers: string[] = [];
  for (let count = 0; count < times; count++) {
    const client = await pair.connect();
    client.send(request);
    await eventually('an answer', () => /\r\n\r\n./.test(client.text));
    answers.push(client.text);
    client.reset();
  }
  return answers;
}

describe('a request whose first endpoint fails', () => {
  test('before a connection came about goes to the next one, whatever it is', async () => {
    await serve(app(answering(okAnswer('ok'))));
    pair.apply({ ports: [1, 2, pair.inboundPort] });
    for (const answer of await everyAnswer(POST)) expect(answer).toContain('200 OK');
  });

  test('because its application does not listen is sent again elsewhere (safe)', async () => {
    await serve(app(answering(okAnswer('ok'))));
    const dead = startApplication();
    dead.stop();
    pair.apply({ ports: [await replica(dead), pair.inboundPort] });
    for (const answer of await everyAnswer(POST)) {
      expect(answer).toContain('200 OK');
      expect(answer).not.toContain('x-selvage-retry');
    }
    expect(retries()).toBe(1); // then it is set aside
  });

  test('after its application took it is sent again only if twice is as good as once', async () => {
    await serve(app(answering(okAnswer('ok'))));
    const dying = await replica(app((connection) => connection.reset()));
    pair.apply({ ports: [dying, pair.inboundPort] });
    for (const answer of await everyAnswer(GET)) expect(answer).toContain('200 OK');
    const second = await replica(app((connection) => connection.reset()));
    pair.apply({ ports: [second, pair.inboundPort] });
    const posts = (await everyAnswer(POST, 2)).join('');
    expect(posts.match(/HTTP\/1.1 503 /g)?.length).toBe(1);
    expect(posts).toContain('x-selvage-reason: upstream-closed');
    expect(posts).not.toContain('x-selvage-retry');
  });

  test.each([
    ['GET', GET, 'unreachable', 1],
    ['POST', POST, 'upstream-closed', 0],
  ] as const)(
    'because its sidecar died is sent again only if twice is as good as once: %s',
    async (_, request, outcome, times) => {
      const silent = app(() => undefined);
      await serve(silent);
      const client = await pair.connect();
      client.send(request);
      await eventually('it arrives', () => silent.connections.length === 1);
      pair.callee.plane.stop();
      await client.reads(`x-selvage-reason: ${outcome}`);
      expect(retries()).toBe(times);
    },
  );

  test('and took a body too large to hold is not sent again', async () => {
    await serve(app(answering(okAnswer('ok'))));
    const dead = startApplication();
    dead.stop();
    pair.apply({ ports: [await replica(dead), pair.inboundPort] });
    const large = 'x'.repeat(100_000);
    const request = `POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 100000\r\n\r\n${large}`;
    const answers = (await everyAnswer(request, 2)).join('');
    expect(answers.match(/x-selvage-reason: app-not-listening/g)?.length).toBe(1);
    expect(retries()).toBe(0);
  });

  test('after a byte of the answer is never sent again', async () => {
    let requests = 0;
    await serve(
      app((connection) => {
        requests += 1;
        connection.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
        connection.shutdown();
      }),
    );
    const client = await pair.connect();
    client.send(GET);
    await eventually('the cut', () => client.closed);
    expect(client.error).toContain('reset');
    expect(client.text).toEndWith('half');
    expect(requests).toBe(1);
  });
});

/** A peer with this identity that answers the first request of each connection and resets it at the second. */
function fickleSidecar(identity: WorkloadIdentity) {
  const listener = Bun.listen<ReturnType<RawPeer['handlers']>>({
    hostname: '127.0.0.1',
    port: 0,
    tls: { cert: identity.certificateChainPem, key: identity.privateKeyPem },
    socket: {
      open: (socket) => {
        const peer = new RawPeer(true);
        socket.data = peer.handlers();
        socket.data.open(socket);
        const requests = () => peer.frames.filter(({ type }) => type === FRAME.HEADERS);
        const received = socket.data.data;
        socket.data.data = (self, bytes) => {
          const before = requests().length;
          received(self, bytes);
          if (requests().length > 1) socket.terminate();
          else if (before < requests().length) {
            peer.send(settingsFrame());
            peer.send(headers(1, [[':status', '200']], false));
            peer.send(data(1, 'ok', true));
          }
        };
      },
      data: (socket, bytes) => socket.data.data(socket, bytes),
      error: () => undefined,
    },
  });
  return { port: listener.port, stop: () => listener.stop(true) };
}

describe('a connection that the application closed while a request was on its way', () => {
  /** Answers the first request of each connection and resets it at the second. */
  const fickle = () => {
    const asked = new Map<AppConnection, number>();
    return app((connection) => {
      const count = (asked.get(connection) ?? 0) + 1;
      asked.set(connection, count);
      if (count === 1) connection.write(okAnswer('ok'));
      else connection.reset();
    });
  };

  test('does not fail a request that may be sent twice', async () => {
    const application = fickle();
    await serve(application);
    const client = await pair.connect();
    await client.send(GET).reads('ok');
    client.text = '';
    expect(await client.send(GET).reads('ok')).toContain('200 OK');
    expect(application.connections.length).toBe(2);
  });

  test('does not fail it either when all idle connections died with the application', async () => {
    await serve(fickle());
    const clients = await Promise.all(Array.from({ length: 8 }, () => pair.connect()));
    for (const client of clients) client.send(GET);
    for (const client of clients) await client.reads('ok');
    await eventually('all are idle', () => pair.callee.plane.census().pooled > 4);
    const [client] = clients;
    if (client === undefined) throw new Error('there are eight');
    client.text = '';
    expect(await client.send(GET).reads('ok')).toContain('200 OK');
  });

  test('does not fail it between the sidecars, though the service has one endpoint', async () => {
    await serve(app(answering(okAnswer('ok'))));
    const sidecar = fickleSidecar(await identityOf(pair.authority, 'web'));
    pair.apply({ ports: [sidecar.port] });
    const client = await pair.connect();
    await client.send(GET).reads('ok');
    client.text = '';
    expect(await client.send(GET).reads('ok')).toContain('200 OK');
    expect(retries()).toBe(1);
    sidecar.stop();
  });

  test('fails one that may not', async () => {
    await serve(fickle());
    const client = await pair.connect();
    await client.send(POST).reads('ok');
    await client.send(POST).reads('x-selvage-reason: upstream-closed');
  });
});

describe('a service that cannot be reached', () => {
  test('without endpoints answers 503 no-endpoints', async () => {
    await serve(app(answering(okAnswer('ok'))));
    pair.apply({ ports: [] });
    const [answer] = await everyAnswer(GET, 1);
    expect(answer).toContain('HTTP/1.1 503 Service Unavailable\r\n');
    expect(answer).toContain('x-selvage-reason: no-endpoints\r\n');
  });

  test('whose endpoints refuse connections answers 503 unreachable', async () => {
    await serve(app(answering(okAnswer('ok'))));
    pair.apply({ ports: [1, 2, 3, 4, 5] });
    expect((await everyAnswer(GET, 1))[0]).toContain('x-selvage-reason: unreachable\r\n');
  });

  test('that is in no snapshot answers 503 unknown-service', async () => {
    await serve(app(answering(okAnswer('ok'))));
    pair.apply({ key: 'default/other' as never }); // a service key
    expect((await everyAnswer(GET, 1))[0]).toContain('x-selvage-reason: unknown-service\r\n');
  });

  test('before the node has sent anything answers 503 not-ready', async () => {
    await serve(app(answering(okAnswer('ok'))));
    const fresh = startPlane();
    planes.push(fresh);
    const { port } = fresh.plane.openOutbound({ host: '127.0.0.1', port: 0, service: WEB });
    const client = await RawClient.connect(port);
    await client.send(GET).reads('x-selvage-reason: not-ready');
  });

  test('whose application does not listen yet answers 503 app-not-listening', async () => {
    const later = startApplication();
    later.stop();
    await serve(later);
    const [answer] = await everyAnswer(GET, 1);
    expect(answer).toContain('HTTP/1.1 503 ');
    expect(answer).toContain('x-selvage-reason: app-not-listening\r\n');
    expect(answer).not.toContain('x-selvage-retry');
  });

  test('that answers something else than HTTP is a bad gateway', async () => {
    await serve(app((connection) => connection.write('SSH-2.0-OpenSSH_9\r\n\r\n')));
    expect((await everyAnswer(GET, 1))[0]).toContain('x-selvage-reason: bad-response\r\n');
  });

  test('that does not answer in time is a gateway timeout', async () => {
    const clock = new FakeClock(Date.now());
    const silent = app(() => undefined);
    await serve(silent, { clock });
    const client = await pair.connect();
    client.send(GET);
    await eventually('it arrives', () => silent.connections[0]?.text.endsWith('\r\n\r\n') === true);
    clock.advance(5_200);
    const answer = await client.reads('request-timeout');
    expect(answer).toContain('HTTP/1.1 504 Gateway Timeout\r\n');
    const line = pair.caller.log.lines.find(({ message }) => message === 'gave a request up');
    const address = expect.stringMatching(/^127\.0\.0\.1:\d+$/);
    expect(line?.fields).toMatchObject({ reason: 'request-timeout', node: 'n1', address });
    await eventually('the application is left', () => silent.connections[0]?.closed === true);
  });
});

describe('a denied request', () => {
  test('is answered 403 with a reason, counted and logged, at the caller', async () => {
    await serve(app(answering(okAnswer('ok'))), { mayLeave: () => false });
    const client = await pair.connect();
    const answer = await client.send(GET).reads('denied-by-policy: ');
    expect(answer).toContain('HTTP/1.1 403 Forbidden\r\n');
    expect(answer).toContain('x-selvage-reason: denied-by-policy\r\n');
    expect(pair.ingress.asked).toEqual([]);
    const labels = { source: 'default/client', destination: WEB, direction: 'outbound' };
    expect(pair.caller.meter.value('selvage_denied_total', labels)).toBe(1);
    expect(pair.caller.meter.value('selvage_requests_total', { ...labels, code: '403' })).toBe(1);
    const line = pair.caller.log.lines.find(({ message }) => message === 'denied by policy');
    expect(line?.fields).toMatchObject({ policies: ['forbid-some'], path: '/', method: 'GET' });
  });

  test('is answered 403 with the reason at the callee, and reaches no application', async () => {
    const application = app(answering(okAnswer('ok')));
    await serve(application, {
      mayEnter: (request) => request.action === 'http' && request.path !== '/no',
    });
    const client = await pair.connect();
    const answer = await client
      .send('GET /no HTTP/1.1\r\nHost: web\r\n\r\n')
      .reads('denied-by-policy: ');
    expect(answer).toContain('x-selvage-reason: denied-by-policy\r\n');
    await client.send(GET).reads('ok');
    expect(application.connections[0]?.text).not.toContain('/no');
  });

  test('closes the connection when its body is still on its way', async () => {
    await serve(app(answering(okAnswer('ok'))), { mayLeave: () => false });
    const client = await pair.connect();
    client.send('POST / HTTP/1.1\r\nHost: web\r\nContent-Length: 100000\r\n\r\nabc');
    expect(await client.finish()).toContain('connection: close\r\n');
  });
});
