import { beforeEach, describe, expect, test } from 'bun:test';
import { encodeFrame } from '../core/index.ts';
import type { SampledDecision } from '../policy/index.ts';
import { DB, WEB } from '../registry/testing/sample-trust.ts';
import { encodeMessage, type SidecarMessage } from '../snapshot/index.ts';
import { LINES_PER_SECOND } from '../telemetry/limited-log.ts';
import type { Svid } from './issuance.ts';
import {
  attach,
  attached,
  DB_SERVICE,
  hello,
  host,
  refusals,
  resetHost,
  SIDECAR,
  serviceNamed,
  settled,
  WEB_SERVICE,
  waitToAnnounce,
} from './testing/attached-sidecar.ts';

beforeEach(resetHost);

describe('hello', () => {
  test('of a registered process is answered with who it is and what it may see', () => {
    const sidecar = attach();
    sidecar.say(hello());
    const [welcome, program, snapshot] = sidecar.heard();
    expect(welcome).toMatchObject({ type: 'welcome', spiffeId: WEB, inboundAddress: '10.0.0.1' });
    expect(program).toMatchObject({ type: 'policies', digest: 'first' });
    expect(snapshot).toMatchObject({ type: 'snapshot', snapshot: { trustVersion: 3 } });
    expect(sidecar.session.workload?.spiffeId).toBe(WEB);
  });

  test('is a wish: the kernel’s facts decide', () => {
    const sidecar = attach({ ...SIDECAR, uid: 33 });
    sidecar.say(hello());
    const [refused] = refusals(sidecar.heard());
    expect(refused).toMatchObject({ code: 'IDENTITY_NOT_REGISTERED' });
    expect(refused?.message).toContain('user 33');
    expect(refused?.remedy).toContain('kind: Registration');
    expect(sidecar.session.workload).toBeUndefined();
  });

  test('waits for the digest of the executable when a registration asks for it', async () => {
    const digest = 'ab'.repeat(32);
    const asksFor = (sha256: string) =>
      host.trust.registrations.map((one) => ({
        ...one,
        selectors: { ...one.selectors, sha256 },
      }));
    host.trust = { ...host.trust, registrations: asksFor(digest) };
    const sidecar = attach(SIDECAR, digest);
    sidecar.say(hello());
    expect(sidecar.heard()).toEqual([]);
    await settled();
    expect(sidecar.heard()[0]).toMatchObject({ type: 'welcome', spiffeId: WEB });

    host.trust = { ...host.trust, registrations: asksFor('cd'.repeat(32)) };
    sidecar.session.refresh();
    const [refused] = refusals(sidecar.heard());
    expect(refused?.message).toContain(`SHA-256 is ${'cd'.repeat(32)}`);
    expect(refused?.remedy).toContain(`sha256: ${digest}`);
    expect(host.log.lines.at(-1)?.fields).toMatchObject({ executableSha256: digest });
  });

  test('of who is refused again and again fills no log', () => {
    for (let n = 0; n < 100; n++) attach({ ...SIDECAR, uid: 33, pid: n }).say(hello());
    const lines = host.log.lines.filter(({ message }) => message === 'workload refused');
    expect(lines).toHaveLength(LINES_PER_SECOND);
    expect(lines[0]?.fields).toMatchObject({ uid: 33, pid: 0, reason: 'IDENTITY_NOT_REGISTERED' });
    host.clock.advance(1_000);
    expect(host.log.lines.at(-1)).toMatchObject({ fields: { leftOut: 100 - LINES_PER_SECOND } });
  });

  test('may call by name what has a port for callers, and is told what to do for the rest', () => {
    const sidecar = attach();
    sidecar.say(hello({ upstreams: [WEB_SERVICE], named: [WEB_SERVICE] }));
    const snapshot = sidecar.heard().at(-1);
    expect(snapshot).toMatchObject({
      snapshot: { services: [{ virtual: { address: '127.80.0.1', port: 80 } }] },
    });
    const other = attach();
    other.say(hello({ instance: 'instance-2', named: [DB_SERVICE] }));
    expect(refusals(other.heard())).toMatchObject([
      { code: 'UPSTREAM_NAMELESS', remedy: expect.stringContaining('--upstream shop/db=PORT') },
    ]);
  });

  test('may not ask to serve what another identity serves, or what is not there', () => {
    const other = attach();
    other.say(hello({ serves: { service: DB_SERVICE, labels: {} } }));
    expect(refusals(other.heard())).toMatchObject([
      { code: 'SERVICE_NOT_YOURS', message: `${WEB} may not serve shop/db: it is served by ${DB}` },
    ]);
    const none = attach();
    none.say(hello({ serves: { service: serviceNamed('shop/wep'), labels: {} } }));
    expect(refusals(none.heard())).toMatchObject([{ code: 'SERVICE_UNKNOWN' }]);
  });

  test('with an unknown upstream is refused with the name that may be meant', () => {
    const sidecar = attach();
    sidecar.say(hello({ upstreams: [serviceNamed('shop/dv')] }));
    expect(refusals(sidecar.heard())).toMatchObject([
      {
        code: 'UPSTREAM_UNKNOWN',
        message: 'no service shop/dv is in force; did you mean shop/db?',
      },
    ]);
    const elsewhere = attach();
    elsewhere.say(hello({ instance: 'instance-2', upstreams: [serviceNamed('default/db')] }));
    expect(refusals(elsewhere.heard())).toMatchObject([
      { message: 'no service default/db is in force; did you mean shop/db?' },
    ]);
  });

  test('is all that a stranger may send: a longer message is refused from its header', () => {
    const stranger = attach();
    stranger.far.send(Uint8Array.of(0, 0x20, 0, 0)); // 2 MiB are announced
    expect(refusals(stranger.heard())).toMatchObject([{ code: 'MESSAGE_UNREADABLE' }]);
    const sidecar = attached();
    sidecar.far.send(Uint8Array.of(0, 0x20, 0, 0));
    expect(refusals(sidecar.heard())).toEqual([]);
  });

  test('of one that was here before is taken, though its upstream is gone since', () => {
    const sidecar = attach();
    sidecar.say(hello({ upstreams: [serviceNamed('shop/gone')], resumed: true }));
    expect(sidecar.heard().map(({ type }) => type)).toEqual(['welcome', 'policies', 'snapshot']);
  });

  test('says of an SVID from before a restart of the node when it ends', () => {
    const sidecar = attach();
    sidecar.say(hello({ resumed: true, svidEndsAt: 9_000 }));
    expect(sidecar.session.workload?.svidEndsAt).toBe(9_000);
  });

  test('with an instance that is connected already is refused, and so is a second hello', () => {
    host.taken.add('instance-1');
    const sidecar = attach();
    sidecar.say(hello());
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'INSTANCE_IN_USE' }]);
    host.taken.clear();
    const twice = attached();
    twice.say(hello());
    expect(refusals(twice.heard())).toMatchObject([{ code: 'INSTANCE_IN_USE' }]);
  });
});

describe('messages that make no sense', () => {
  const garbage: readonly (readonly [what: string, bytes: Uint8Array])[] = [
    ['no JSON', encodeFrame(new TextEncoder().encode('hello?'))],
    ['an unknown type', encodeFrame(new TextEncoder().encode('{"type":"root-shell"}'))],
    ['another version', encodeMessage(hello({ protocolVersion: 9 }))],
    ['a length that nothing could have', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1)],
    ['a wish before hello', encodeMessage({ type: 'endpoint', port: 80, ready: true })],
    ['a service account that is no label', encodeMessage(hello({ serviceAccount: '../root' }))],
    ['an end that no date has', encodeMessage(hello({ svidEndsAt: 8.64e15 + 1 }))],
  ];
  for (const [what, bytes] of garbage) {
    test(`${what} end the session, and nothing after them counts`, async () => {
      const sidecar = attach();
      sidecar.far.send(bytes);
      expect(refusals(sidecar.heard())).toMatchObject([{ code: 'MESSAGE_UNREADABLE' }]);
      sidecar.say(hello());
      expect(sidecar.heard()).toEqual([]);
      await Promise.resolve();
      expect([sidecar.far.isClosed, sidecar.ended()]).toEqual([true, 1]);
    });
  }

  test('one byte at a time they are the same', () => {
    const sidecar = attach();
    for (const byte of encodeMessage(hello())) sidecar.far.send(Uint8Array.of(byte));
    expect(sidecar.heard().map(({ type }) => type)).toEqual(['welcome', 'policies', 'snapshot']);
  });
});

describe('an endpoint', () => {
  test('is announced at the node’s address under the identity that was attested', () => {
    const sidecar = attached();
    expect(sidecar.session.workload?.listens).toBeUndefined();
    sidecar.say({ type: 'endpoint', port: 4_000, ready: false });
    expect(sidecar.session.workload?.listens).toBe(false);
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    expect(sidecar.session.workload?.listens).toBe(true);
    waitToAnnounce();
    expect(host.announced.get('instance-1')).toEqual({
      service: WEB_SERVICE,
      spiffeId: WEB,
      address: '10.0.0.1',
      port: 4_000,
      ready: true,
      draining: false,
      labels: { version: 'v1' },
      weight: 100,
    });
    sidecar.say({ type: 'withdraw' });
    expect(host.announced.size).toBe(0);
  });

  test('that drains is not ready, and says nothing of its application', () => {
    const sidecar = attached();
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    waitToAnnounce();
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true, draining: true });
    expect(host.announced.get('instance-1')).toMatchObject({ ready: false, draining: true });
    expect(sidecar.session.workload?.listens).toBe(true);
  });

  test('has the weight that its sidecar was given and the locality of its node', () => {
    host.locality = 'eu/1';
    const sidecar = attach();
    sidecar.say(hello({ serves: { service: WEB_SERVICE, labels: {}, weight: 7 } }));
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    expect(host.announced.get('instance-1')).toMatchObject({ weight: 7, locality: 'eu/1' });
  });

  test('that changes all the time is told of ten times a second, and at last as it is', () => {
    const sidecar = attached();
    const told: number[] = [];
    for (let n = 1; n <= 1_000; n++) {
      sidecar.say({ type: 'endpoint', port: n, ready: true });
      const port = host.announced.get('instance-1')?.port ?? 0;
      if (told.at(-1) !== port) told.push(port);
      if (n % 2 === 0) sidecar.say({ type: 'withdraw' });
      host.clock.advance(1);
    }
    expect(told.length).toBeLessThan(25);
    host.clock.advance(20_000); // so much more than it may say
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    waitToAnnounce();
    expect(host.announced.get('instance-1')?.port).toBe(4_000);
    sidecar.say({ type: 'endpoint', port: 4_001, ready: true });
    sidecar.far.hangUp();
    waitToAnnounce();
    expect(host.announced.size).toBe(0);
  });

  test('of a client that serves nothing is not announced', () => {
    const sidecar = attach();
    sidecar.say(hello({ serves: undefined }));
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    expect(host.announced.size).toBe(0);
  });

  test('is withdrawn when the sidecar goes away', () => {
    const sidecar = attached();
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    sidecar.far.hangUp();
    expect(host.announced.size).toBe(0);
    expect(sidecar.ended()).toBe(1);
  });

  test('that could not be announced is tried again at the next change, unless it was taken back', () => {
    const sidecar = attached();
    host.canAnnounce = false;
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    sidecar.session.refresh();
    expect(host.announced.size).toBe(0);
    host.canAnnounce = true;
    sidecar.session.refresh();
    expect(host.announced.get('instance-1')).toMatchObject({ port: 4_000 });
    host.announced.clear();
    sidecar.session.refresh();
    waitToAnnounce();
    expect(host.announced.size).toBe(0);
    host.canAnnounce = false;
    sidecar.say({ type: 'endpoint', port: 4_000, ready: false });
    sidecar.say({ type: 'withdraw' });
    host.canAnnounce = true;
    sidecar.session.refresh();
    expect(host.announced.size).toBe(0);
  });
});

describe('a certificate request', () => {
  const csr: SidecarMessage = { type: 'csr', der: Buffer.from('request').toString('base64') };

  test('is answered with the certificate', async () => {
    const sidecar = attached();
    sidecar.say(csr);
    await settled();
    expect(sidecar.heard()).toEqual([{ type: 'svid', chainPem: ['PEM'], expiresAt: 5_000 }]);
    expect(sidecar.session.workload?.svidEndsAt).toBe(5_000);
  });

  test('is answered once at a time, however often it is sent', async () => {
    const sidecar = attached();
    const answer = Promise.withResolvers<Svid>();
    let asked = 0;
    host.issue = () => {
      asked++;
      return answer.promise;
    };
    for (let i = 0; i < 100; i++) sidecar.say(csr);
    answer.resolve({ chainPem: ['PEM'], notAfter: 1 });
    await settled();
    expect([asked, sidecar.heard().length]).toEqual([1, 1]);
  });

  test('that no authority answers is logged, and may be sent again', async () => {
    const sidecar = attached();
    host.issue = async () => {
      throw new Error('no authority issued an identity');
    };
    sidecar.say(csr);
    await settled();
    expect(sidecar.heard()).toEqual([]);
    expect(host.log.lines.at(-1)).toMatchObject({ message: 'no svid for a workload' });
    host.issue = async () => ({ chainPem: ['PEM'], notAfter: 5_000 });
    sidecar.say(csr);
    await settled();
    expect(sidecar.heard()).toHaveLength(1);
  });

  test('is not answered to one whose identity was taken away meanwhile', async () => {
    const sidecar = attached();
    const answer = Promise.withResolvers<Svid>();
    host.issue = () => answer.promise;
    sidecar.say(csr);
    host.trust = { ...host.trust, registrations: [] };
    sidecar.session.refresh();
    sidecar.heard();
    answer.resolve({ chainPem: ['PEM'], notAfter: 5_000 });
    await settled();
    expect(sidecar.heard()).toEqual([]);
  });
});

describe('metrics', () => {
  const never = new Promise<undefined>(() => undefined);
  const over = Promise.resolve(undefined);

  test('are asked for once and shared by all who ask meanwhile', async () => {
    const sidecar = attached();
    const both = [sidecar.session.metrics(never), sidecar.session.metrics(never)];
    expect(sidecar.heard()).toEqual([{ type: 'metrics-request' }]);
    sidecar.say({ type: 'metrics', metrics: { some: 'json' } });
    expect(await Promise.all(both)).toEqual([{ some: 'json' }, { some: 'json' }]);
  });

  test('that did not come in time are asked for again, and what comes late is not kept', async () => {
    const sidecar = attached();
    expect(await sidecar.session.metrics(over)).toBeUndefined();
    sidecar.say({ type: 'metrics', metrics: 'late' });
    const again = sidecar.session.metrics(never);
    expect(sidecar.heard()).toEqual([{ type: 'metrics-request' }, { type: 'metrics-request' }]);
    sidecar.say({ type: 'metrics', metrics: 'in time' });
    expect(await again).toBe('in time');
  });

  test('of a sidecar that goes away, or was not welcomed, are none', async () => {
    expect(await attach().session.metrics(never)).toBeUndefined();
    const sidecar = attached();
    const asked = sidecar.session.metrics(never);
    sidecar.far.hangUp();
    expect(await asked).toBeUndefined();
    expect(await sidecar.session.metrics(never)).toBeUndefined();
  });
});

describe('decisions that a sidecar tells of', () => {
  const decision = (principal: string, resource: string): SampledDecision => ({
    weight: 1,
    request: {
      principal: principal as typeof WEB,
      resource: serviceNamed(resource),
      sourceIp: '10.0.0.9',
      action: 'connect',
      protocol: 'tcp',
    },
  });

  test('are asked for, and taken of calls to its service and of its own calls alone', () => {
    const asked = attach();
    asked.say(hello());
    expect(asked.heard()[0]).toMatchObject({ type: 'welcome', wantsDecisions: true });
    const entering = decision(DB, 'shop/web');
    const leaving = decision(WEB, 'shop/db');
    const decisions = [entering, leaving, decision(DB, 'shop/db')];
    asked.say({ type: 'decisions', decisions });
    expect(host.decided).toEqual([entering, leaving]);
  });
});

test('a sidecar that met a token of an unknown key is asked to say so, and heard', () => {
  const asked = attach();
  asked.say(hello());
  expect(asked.heard()[0]).toMatchObject({ type: 'welcome', fetchesKeys: true });
  asked.say({ type: 'key-unknown' });
  expect(host.unknownKeys).toBe(1);
});
