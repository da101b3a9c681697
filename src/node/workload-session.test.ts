import { beforeEach, describe, expect, test } from 'bun:test';
import { encodeFrame, FrameReader, parseServiceKey, type ServiceKey } from '../core/index.ts';
import type { TrustSet } from '../governance/index.ts';
import type { ProcessFacts } from '../identity/index.ts';
import { recordingLog } from '../ports/testing/index.ts';
import type { EndpointClaim } from '../registry/index.ts';
import { DB, N1, sampleTrust, WEB } from '../registry/testing/sample-trust.ts';
import {
  buildSnapshot,
  encodeMessage,
  type NodeMessage,
  type PolicyProgram,
  PROTOCOL_VERSION,
  type SidecarMessage,
} from '../snapshot/index.ts';
import type { Svid } from './issuance.ts';
import { pipe } from './testing/index.ts';
import { WorkloadSession } from './workload-session.ts';

const NODE_UID = 1_000;
const SIDECAR: ProcessFacts = { pid: 77, uid: NODE_UID, gid: 1_000, executable: '/usr/bin/bun' };
const WEB_SERVICE = key('shop/web');
const DB_SERVICE = key('shop/db');

function key(text: string): ServiceKey {
  const parsed = parseServiceKey(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

const hello = (changes: object = {}): SidecarMessage => ({
  type: 'hello',
  protocolVersion: PROTOCOL_VERSION,
  instance: 'instance-1',
  namespace: 'shop' as never, // a label
  serviceAccount: 'web',
  serves: { service: WEB_SERVICE, labels: { version: 'v1' } },
  upstreams: [DB_SERVICE],
  ...changes,
});

const programNamed = (digest: string): PolicyProgram => ({
  digest,
  program: { version: 1, context: [], headers: [], actions: [], policies: [] },
});

let trust: TrustSet;
let policies: PolicyProgram | undefined;
let announced: Map<string, EndpointClaim>;
let canAnnounce: boolean;
let taken: Set<string>;
let issue: (csr: Uint8Array) => Promise<Svid>;
const log = recordingLog();
beforeEach(() => {
  trust = sampleTrust;
  policies = programNamed('first');
  announced = new Map();
  canAnnounce = true;
  taken = new Set();
  issue = async () => ({ chainPem: ['PEM'], notAfter: 5_000 });
});

/** A sidecar of the process `facts`, as its node's session sees it. */
function attach(facts: ProcessFacts = SIDECAR) {
  let session: WorkloadSession | undefined;
  let ended = 0;
  const far = pipe((near) => {
    session = new WorkloadSession(near, facts, {
      trust: () => trust,
      nodeUid: NODE_UID,
      node: N1,
      inboundAddress: '10.0.0.1',
      issue: (_spiffeId, csr) => issue(csr),
      policies: () => policies,
      snapshotFor: (needs, policyDigest) =>
        buildSnapshot({ trust, node: N1, endpoints: [], policyDigest, for: needs }),
      claimInstance: (instance) => !taken.has(instance),
      announce(instance, claim) {
        if (canAnnounce) announced.set(instance, claim);
        return canAnnounce;
      },
      withdraw: (instance) => void announced.delete(instance),
      changed: () => undefined,
      log,
    });
    return session.handlers(() => {
      ended++;
    });
  });
  if (session === undefined) throw new Error('the pipe was not accepted');
  const frames = new FrameReader(1 << 24);
  return {
    session,
    far,
    ended: () => ended,
    say: (message: SidecarMessage) => far.send(encodeMessage(message)),
    /** What the node said since it was asked last. */
    heard(): NodeMessage[] {
      return far.taken().flatMap((bytes) => {
        const read = frames.push(bytes);
        if (!read.ok) throw new Error(read.error);
        return read.value.map((frame) => JSON.parse(new TextDecoder().decode(frame)));
      });
    },
  };
}

/** One that was welcomed. */
function attached() {
  const sidecar = attach();
  sidecar.say(hello());
  expect(sidecar.heard().map(({ type }) => type)).toEqual(['welcome', 'policies', 'snapshot']);
  return sidecar;
}

/** Lets what was promised come true. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const refusals = (messages: readonly NodeMessage[]) =>
  messages.flatMap((message) => (message.type === 'refused' ? [message] : []));

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

  test('may not ask to serve what another identity serves, or what is not there', () => {
    const other = attach();
    other.say(hello({ serves: { service: DB_SERVICE, labels: {} } }));
    expect(refusals(other.heard())).toMatchObject([
      { code: 'SERVICE_NOT_YOURS', message: `${WEB} may not serve shop/db: it is served by ${DB}` },
    ]);
    const none = attach();
    none.say(hello({ serves: { service: key('shop/wep'), labels: {} } }));
    expect(refusals(none.heard())).toMatchObject([{ code: 'SERVICE_UNKNOWN' }]);
  });

  test('with an unknown upstream is refused with the name that may be meant', () => {
    const sidecar = attach();
    sidecar.say(hello({ upstreams: [key('shop/dv')] }));
    expect(refusals(sidecar.heard())).toMatchObject([
      {
        code: 'UPSTREAM_UNKNOWN',
        message: 'no service shop/dv is in force; did you mean shop/db?',
      },
    ]);
  });

  test('of one that was here before is taken, though its upstream is gone since', () => {
    const sidecar = attach();
    sidecar.say(hello({ upstreams: [key('shop/gone')], resumed: true }));
    expect(sidecar.heard().map(({ type }) => type)).toEqual(['welcome', 'policies', 'snapshot']);
  });

  test('with an instance that is connected already is refused, and so is a second hello', () => {
    taken.add('instance-1');
    const sidecar = attach();
    sidecar.say(hello());
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'INSTANCE_IN_USE' }]);
    taken.clear();
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
    sidecar.say({ type: 'endpoint', port: 4_000, ready: false });
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    expect(announced.get('instance-1')).toEqual({
      service: WEB_SERVICE,
      spiffeId: WEB,
      address: '10.0.0.1',
      port: 4_000,
      ready: true,
      labels: { version: 'v1' },
    });
    sidecar.say({ type: 'withdraw' });
    expect(announced.size).toBe(0);
  });

  test('of a client that serves nothing is not announced', () => {
    const sidecar = attach();
    sidecar.say(hello({ serves: undefined }));
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    expect(announced.size).toBe(0);
  });

  test('is withdrawn when the sidecar goes away', () => {
    const sidecar = attached();
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    sidecar.far.hangUp();
    expect(announced.size).toBe(0);
    expect(sidecar.ended()).toBe(1);
  });

  test('that could not be announced is tried again at the next change, unless it was taken back', () => {
    const sidecar = attached();
    canAnnounce = false;
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    sidecar.session.refresh();
    expect(announced.size).toBe(0);
    canAnnounce = true;
    sidecar.session.refresh();
    expect(announced.get('instance-1')).toMatchObject({ port: 4_000 });
    announced.clear();
    sidecar.session.refresh();
    expect(announced.size).toBe(0);
    canAnnounce = false;
    sidecar.say({ type: 'endpoint', port: 4_000, ready: false });
    sidecar.say({ type: 'withdraw' });
    canAnnounce = true;
    sidecar.session.refresh();
    expect(announced.size).toBe(0);
  });
});

describe('a change of what is in force', () => {
  test('that is none for this workload sends nothing', () => {
    const sidecar = attached();
    sidecar.session.refresh();
    expect(sidecar.heard()).toEqual([]);
  });

  test('reaches the sidecar as a whole view', () => {
    const sidecar = attached();
    trust = { ...trust, version: 4 };
    sidecar.session.refresh();
    expect(sidecar.heard()).toMatchObject([
      { type: 'snapshot', snapshot: { trustVersion: 4, policyDigest: 'first' } },
    ]);
  });

  test('brings new policies before the view that names them, and never the same ones twice', () => {
    const sidecar = attached();
    policies = programNamed('second');
    sidecar.session.refresh();
    expect(sidecar.heard()).toMatchObject([
      { type: 'policies', digest: 'second' },
      { type: 'snapshot', snapshot: { policyDigest: 'second' } },
    ]);
  });

  test('gives no view before there are policies to decide by', () => {
    policies = undefined;
    const sidecar = attach();
    sidecar.say(hello());
    expect(sidecar.heard().map(({ type }) => type)).toEqual(['welcome']);
  });

  test('that a sidecar cannot follow is said by it, and kept for the status', () => {
    const sidecar = attached();
    sidecar.say({ type: 'enforces', trustVersion: 3, problem: 'version 2 of the program' });
    expect(sidecar.session.workload?.enforces).toEqual({
      trustVersion: 3,
      problem: 'version 2 of the program',
    });
    expect(log.lines.at(-1)?.message).toBe('a sidecar keeps older policies');
  });

  test('that takes the registration away ends identity and endpoint at once', async () => {
    const sidecar = attached();
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    trust = { ...trust, registrations: [] };
    sidecar.session.refresh();
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'IDENTITY_NOT_REGISTERED' }]);
    expect(announced.size).toBe(0);
    sidecar.say({ type: 'csr', der: '' });
    sidecar.say({ type: 'endpoint', port: 4_000, ready: true });
    await Promise.resolve();
    expect([sidecar.heard(), announced.size, sidecar.ended()]).toEqual([[], 0, 1]);
  });

  test('that lets another identity serve the service ends it too', () => {
    const sidecar = attached();
    const services = trust.services.map((service) => ({ ...service, identities: [DB] }));
    trust = { ...trust, services };
    sidecar.session.refresh();
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'SERVICE_NOT_YOURS' }]);
  });

  test('that gives the process another identity asks for a new start', () => {
    const sidecar = attach();
    sidecar.say(hello({ serviceAccount: undefined, serves: undefined, upstreams: [] }));
    expect(refusals(sidecar.heard())).toMatchObject([{ code: 'IDENTITY_AMBIGUOUS' }]);
    trust = { ...trust, registrations: trust.registrations.slice(0, 1) };
    const only = attach();
    only.say(hello({ serviceAccount: undefined, serves: undefined, upstreams: [] }));
    expect(only.heard()[0]).toMatchObject({ type: 'welcome', spiffeId: WEB });
    trust = { ...trust, registrations: sampleTrust.registrations.slice(1) };
    only.session.refresh();
    expect(refusals(only.heard())).toMatchObject([{ code: 'IDENTITY_CHANGED' }]);
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
    issue = () => {
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
    issue = async () => {
      throw new Error('no authority issued an identity');
    };
    sidecar.say(csr);
    await settled();
    expect(sidecar.heard()).toEqual([]);
    expect(log.lines.at(-1)).toMatchObject({ message: 'no svid for a workload' });
    issue = async () => ({ chainPem: ['PEM'], notAfter: 5_000 });
    sidecar.say(csr);
    await settled();
    expect(sidecar.heard()).toHaveLength(1);
  });

  test('is not answered to one whose identity was taken away meanwhile', async () => {
    const sidecar = attached();
    const answer = Promise.withResolvers<Svid>();
    issue = () => answer.promise;
    sidecar.say(csr);
    trust = { ...trust, registrations: [] };
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
