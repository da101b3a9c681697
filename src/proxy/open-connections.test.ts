import { afterEach, describe, expect, test } from 'bun:test';
import type { Namespace, ServiceProtocol } from '../core/index.ts';
import type { DecisionRequest, PolicyEngine } from '../policy/index.ts';
import { eventually, FakeClock } from '../ports/testing/index.ts';
import type { UserTokens } from './index.ts';
import {
  type Application,
  accountId,
  answering,
  okAnswer,
  type Pair,
  type PairOptions,
  type RawClient,
  recordingEngine,
  snapshotOf,
  startApplication,
  startAuthority,
  startPair,
  type TestPlane,
} from './testing/index.ts';

let pair: Pair;
let application: Application;
let protocol: ServiceProtocol;

async function serve(options: PairOptions, app = startApplication()): Promise<void> {
  application = app;
  protocol = options.service?.protocol ?? 'http';
  pair = await startPair(app, options);
}

afterEach(() => pair.stop());

const LOGIN = {
  name: 'login',
  issuer: 'login',
  audiences: ['web'],
  keys: [],
  groupsClaim: 'groups',
  claims: [],
};
const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';
const ECHO = {
  received: (connection: Application['connections'][number]) => connection.write('!'),
};
const TCP = { service: { protocol: 'tcp' } } as const;
const labels = { source: 'default/client', destination: 'default/web' };

const cuts = ({ meter }: TestPlane, direction: string, reason: string): number =>
  meter.value('selvage_cut_connections_total', { ...labels, direction, reason });
const cutLines = ({ log }: TestPlane) =>
  log.lines.filter(({ message }) => message === 'cut a connection');

/** The same snapshot, other policies. */
function apply(plane: TestPlane, engine: PolicyEngine): void {
  const snapshot = snapshotOf([pair.authority], { ports: [pair.inboundPort], protocol });
  plane.plane.apply({ snapshot, engine });
}

async function openTcp(): Promise<RawClient> {
  const client = await pair.connect();
  await client.send('x').reads('!');
  return client;
}

/** A request of which the application has sent a part of the answer. */
async function openAnswer(): Promise<RawClient> {
  const client = await pair.connect();
  await client.send(GET).reads('part');
  return client;
}

const halfAnswering = () =>
  startApplication({
    received: answering('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart'),
  });

describe('an open TCP connection', () => {
  test('is reset when policies no longer permit it, at either side', async () => {
    await serve(TCP, startApplication(ECHO));
    for (const [plane, direction] of [
      [pair.caller, 'outbound'],
      [pair.callee, 'inbound'],
    ] as const) {
      const client = await openTcp();
      apply(
        plane,
        recordingEngine(() => false),
      );
      await eventually('the reset', () => client.closed);
      expect(client.error).toContain('reset');
      expect(cuts(plane, direction, 'policy')).toBe(1);
      expect(cutLines(plane)).toMatchObject([
        { fields: { direction, reason: 'policy', policies: ['forbid-some'], action: 'connect' } },
      ]);
      apply(plane, recordingEngine());
    }
    await eventually('the application saw both', () =>
      application.connections.every(({ closed }) => closed),
    );
    await pair.settled();
  });

  test('stays, and is counted as nothing, when a change permits it still', async () => {
    await serve(TCP, startApplication(ECHO));
    const client = await openTcp();
    const engine = recordingEngine();
    apply(pair.caller, engine);
    apply(pair.callee, engine);
    expect(engine.asked.length).toBe(2);
    client.text = '';
    await client.send('x').reads('!');
    expect(cutLines(pair.caller)).toEqual([]);
  });

  test('is cut within a second when its time window ends, or the risk of its caller rises', async () => {
    const clock = new FakeClock(Date.now());
    const endMs = clock.now() + 10_000;
    const mayEnter = ({ timeMs = 0, risk = 0 }: DecisionRequest) => timeMs < endMs && risk < 50;
    await serve({ ...TCP, clock, mayEnter }, startApplication(ECHO));
    const early = await openTcp();
    const risky = await openTcp();
    clock.advance(8_000);
    expect(pair.callee.plane.census().exchanges).toBe(2);
    pair.apply(TCP.service, { risks: { [accountId('other')]: 90 } });
    expect(pair.callee.plane.census().exchanges).toBe(2);
    clock.advance(2_001 + 1_000);
    await eventually('the resets', () => early.closed && risky.closed);
    expect(cuts(pair.callee, 'inbound', 'context')).toBe(2);
  });

  test('is cut at once when the snapshot says that the risk of its caller rose', async () => {
    const clock = new FakeClock(Date.now());
    const mayEnter = ({ risk = 0 }: DecisionRequest) => risk < 50;
    await serve({ ...TCP, clock, mayEnter }, startApplication(ECHO));
    const client = await openTcp();
    pair.apply(TCP.service, { risks: { [accountId('client')]: 90 } });
    await eventually('the reset', () => client.closed);
    expect(cuts(pair.callee, 'inbound', 'context')).toBe(1);
  });

  test("is cut at both sides when the peer's authority leaves the bundle", async () => {
    const clock = new FakeClock(Date.now());
    await serve({ ...TCP, clock }, startApplication(ECHO));
    const other = await startAuthority('n2');
    for (const [plane, direction] of [
      [pair.caller, 'outbound'],
      [pair.callee, 'inbound'],
    ] as const) {
      pair.apply(TCP.service);
      const client = await openTcp();
      const snapshot = snapshotOf([other], { ports: [pair.inboundPort], protocol: 'tcp' });
      plane.plane.apply({ snapshot, engine: recordingEngine() });
      await eventually('the reset', () => client.closed);
      expect(cuts(plane, direction, 'certificate')).toBe(1);
      expect(cutLines(plane)).toMatchObject([{ fields: { reason: 'certificate', policies: [] } }]);
    }
  });

  test("is cut when the peer's authority may sign for its namespace no more", async () => {
    await serve(TCP, startApplication(ECHO));
    const client = await openTcp();
    const namespaces = ['other'] as Namespace[]; // a label
    pair.apply(TCP.service, { bundle: [{ pem: pair.authority.pem, namespaces }] });
    await eventually('the reset', () => client.closed);
    expect(cuts(pair.caller, 'outbound', 'certificate')).toBe(1);
  });

  test('is cut when the callee may no longer serve the service', async () => {
    await serve(TCP, startApplication(ECHO));
    const client = await openTcp();
    pair.apply({ ...TCP.service, identities: [accountId('other')] });
    await eventually('the reset', () => client.closed);
    expect(cuts(pair.caller, 'outbound', 'identity')).toBe(1);
    expect(cuts(pair.callee, 'inbound', 'identity')).toBe(0);
  });

  test('counts the end of its certificate, once', async () => {
    const clock = new FakeClock(Date.now());
    await serve({ ...TCP, clock, lifeMs: 60_000 }, startApplication(ECHO));
    const client = await openTcp();
    for (let seconds = 0; seconds < 55; seconds += 5) {
      client.text = '';
      await client.send('?').reads('!');
      clock.advance(5_000);
    }
    clock.advance(6_000);
    await eventually('the reset', () => client.closed);
    const sum =
      cuts(pair.caller, 'outbound', 'certificate') + cuts(pair.callee, 'inbound', 'certificate');
    expect(sum).toBe(2);
  });

  test('is not opened to the end when it loses its permission while it is being opened', async () => {
    await serve(TCP, startApplication(ECHO));
    const silent = Bun.listen({
      hostname: '127.0.0.1',
      port: 0,
      socket: { data: () => undefined, error: () => undefined },
    });
    pair.apply({ ...TCP.service, ports: [silent.port] });
    const client = await pair.connect();
    await eventually('the dial', () => pair.caller.plane.census().dialling === 1);
    apply(
      pair.caller,
      recordingEngine(() => false),
    );
    await eventually('the reset', () => client.closed);
    expect(cuts(pair.caller, 'outbound', 'policy')).toBe(1);
    silent.stop(true);
  });
});

describe('a request under way', () => {
  test('breaks off when it loses its permission after a part of the answer', async () => {
    await serve({}, halfAnswering());
    const client = await openAnswer();
    apply(
      pair.callee,
      recordingEngine(() => false),
    );
    await eventually('the end', () => client.closed);
    expect(client.error).toContain('reset');
    expect(cuts(pair.callee, 'inbound', 'policy')).toBe(1);
  });

  test('is answered with the reason before that, and its connection goes on', async () => {
    await serve({}, startApplication());
    const client = await pair.connect();
    client.send(GET);
    await eventually('it arrives', () => application.connections.length === 1);
    apply(
      pair.caller,
      recordingEngine(() => false),
    );
    await client.reads('x-selvage-reason: permission-lost\r\n');
    await client.send(GET).reads('denied-by-policy');
  });

  test('stays while it is permitted, and so does an idle connection whatever is permitted', async () => {
    await serve({}, startApplication({ received: answering(okAnswer('ok')) }));
    const client = await pair.connect();
    await client.send(GET).reads('ok');
    apply(
      pair.callee,
      recordingEngine(() => false),
    );
    apply(
      pair.caller,
      recordingEngine(() => false),
    );
    expect(pair.caller.plane.census().clients).toBe(1);
    expect(cutLines(pair.caller)).toEqual([]);
    await client.send(GET).reads('denied-by-policy');
  });

  /** A request of mary's, whose token is good for 5 s, and without whom the service permits nothing. */
  async function openForMary(
    clock: FakeClock,
    stands: UserTokens['stands'] = () => true,
  ): Promise<RawClient> {
    const user = { issuer: 'login', subject: 'mary', groups: [], claims: {} };
    const verdict = { ok: true, user, expiresAt: clock.now() + 5_000 } as const;
    await serve(
      {
        clock,
        users: { isConfigured: true, check: () => verdict, stands },
        mayEnter: (request) => request.user?.subject === 'mary',
        snapshot: { authentications: [LOGIN] },
      },
      halfAnswering(),
    );
    const client = await pair.connect();
    const fields = 'Host: web\r\nAuthorization: Bearer a\r\n';
    await client.send(`GET / HTTP/1.1\r\n${fields}\r\n`).reads('part');
    return client;
  }

  test('goes on without its user when the token ends', async () => {
    const clock = new FakeClock(Date.now());
    const client = await openForMary(clock);
    clock.advance(4_000);
    expect(pair.callee.plane.census().exchanges).toBe(1);
    clock.advance(2_000);
    await eventually('the end', () => client.closed);
    expect(cuts(pair.callee, 'inbound', 'context')).toBe(1);
    expect(cutLines(pair.caller)).toEqual([]);
  });

  test('goes on without its user when what said who that is counts no more', async () => {
    let stands = true;
    const client = await openForMary(new FakeClock(Date.now()), () => stands);
    pair.apply({}, { authentications: [LOGIN, { ...LOGIN, name: 'other', issuer: 'other' }] });
    expect(pair.callee.plane.census().exchanges).toBe(1);
    stands = false;
    pair.apply({}, {});
    await eventually('the end', () => client.closed);
    expect(cuts(pair.callee, 'inbound', 'context')).toBe(1);
  });

  test('that became a tunnel is reset', async () => {
    const upgrade =
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n';
    await serve({}, startApplication({ received: answering(upgrade) }));
    const client = await pair.connect();
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'; // RFC 6455 section 1.3
    const fields = `Host: web\r\nConnection: upgrade\r\nUpgrade: websocket\r\n${key}`;
    await client.send(`GET /chat HTTP/1.1\r\n${fields}\r\n`).reads('101');
    apply(
      pair.caller,
      recordingEngine(() => false),
    );
    await eventually('the reset', () => client.closed);
    expect(cutLines(pair.caller)).toMatchObject([{ fields: { action: 'http', path: '/chat' } }]);
  });
});

describe('a policy in audit mode', () => {
  test('is counted and logged with what it would have done, and changes nothing', async () => {
    await serve({}, startApplication({ received: answering(okAnswer('ok')) }));
    const forbids = { allowed: true, policies: ['p'], errors: [], audit: ['try-forbid'] };
    const permits = { allowed: false, policies: [], errors: [], audit: ['try-permit'] };
    apply(pair.caller, { decide: () => forbids });
    apply(pair.callee, { decide: () => permits });
    await (await pair.connect()).send(GET).reads('403 Forbidden');
    const audited = ({ meter }: TestPlane, more: Readonly<Record<string, string>>) =>
      meter.value('selvage_audit_decisions_total', { ...labels, ...more });
    const out = { direction: 'outbound', policy: 'try-forbid', effect: 'forbid' };
    const into = { direction: 'inbound', policy: 'try-permit', effect: 'permit' };
    expect(audited(pair.caller, out)).toBe(1);
    expect(audited(pair.callee, into)).toBe(1);
    expect(pair.caller.log.lines).toMatchObject([
      { message: 'audited by policy', fields: { policy: 'try-forbid', effect: 'forbid' } },
    ]);
  });
});
