import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { realClock, socketsInside } from '../../platform/index.ts';
import {
  CANNOT_MAKE_NAMESPACES,
  startNamespace,
  type TestNamespace,
} from '../../platform/testing/index.ts';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import type { DataPlane } from '../index.ts';
import { PASSED_CONNECT_TIMEOUT_MS } from '../limits.ts';
import {
  type Application,
  answering,
  identityOf,
  okAnswer,
  RawClient,
  recordingEngine,
  type ServiceOverrides,
  snapshotOf,
  startApplication,
  startAuthority,
  startPlane,
  type TestPlane,
  WEB,
} from '../testing/index.ts';
import type { Passthrough } from './outbound-capture.ts';

const HOST = '127.0.0.1';
/** To nobody; in the namespace of a test it leads back to itself. */
const STRANGER = '203.0.113.7';
const GET = 'GET / HTTP/1.1\r\nHost: web\r\n\r\n';

let place: TestNamespace;
const planes: TestPlane[] = [];
const applications: Application[] = [];

/** A data plane whose application is in the namespace. */
function startCaptive(): TestPlane {
  const sockets = socketsInside(place.namespace);
  const captive = startPlane(realClock, { applicationSockets: sockets });
  planes.push(captive);
  return captive;
}

const connect = (port: number, host = HOST): Promise<RawClient> =>
  place.namespace.inside(() => RawClient.connect(port, host));

const captured = ({ meter }: TestPlane, direction: string, verdict: string): number =>
  meter.value('selvage_captured_connections_total', { direction, verdict });

const isEmpty = (plane: DataPlane): boolean =>
  Object.values(plane.census()).every((count) => count === 0);

/** In the namespace, what goes to `port` (of `host`) is redirected to `listener`. */
const redirect = (port: number, listener: number, host = '0.0.0.0/0'): Promise<void> =>
  place.rules(`table inet selvage {
    chain output { type nat hook output priority -100
      ip daddr ${host} tcp dport ${port} redirect to :${listener}
    }
  }`);

function startWeb(): Application {
  const application = startApplication({ received: answering(okAnswer('hello')) });
  applications.push(application);
  return application;
}

afterEach(async () => {
  for (const application of applications.splice(0)) application.stop();
  for (const { plane } of planes) plane.stop();
  await eventually('nothing is held', () => planes.every(({ plane }) => isEmpty(plane)));
  planes.length = 0;
});

/** A service outside the namespace, and a caller inside whose traffic to it is captured. */
async function startMesh(passthrough: Passthrough = 'deny', mayLeave = true) {
  const authority = await startAuthority();
  const callee = startPlane();
  planes.push(callee);
  callee.plane.useIdentity(await identityOf(authority, 'web'));
  const ingress = recordingEngine();
  callee.plane.apply({ snapshot: snapshotOf([authority]), engine: ingress });
  const target = { host: HOST, port: startWeb().port };
  const { port } = callee.plane.openInbound({ host: HOST, port: 0, service: WEB, target });
  const caller = startCaptive();
  const engine = recordingEngine(() => mayLeave);
  const apply = (overrides: ServiceOverrides) =>
    caller.plane.apply({ snapshot: snapshotOf([authority], overrides), engine });
  caller.plane.useIdentity(await identityOf(authority, 'client'));
  apply({ ports: [port] });
  const capture = caller.plane.captureOutbound({ host: HOST, port: 0, passthrough });
  return { caller, callee, ingress, apply, port, capture: capture.port };
}

describe.skipIf(CANNOT_MAKE_NAMESPACES)('capture (needs root, ip and nft)', () => {
  beforeAll(async () => {
    place = await startNamespace();
  });
  afterAll(() => place.remove());

  test('takes what goes to an endpoint through the mesh, under the workload’s identity', async () => {
    const { caller, ingress, port, capture } = await startMesh();
    await redirect(port, capture);
    const client = await connect(port);
    await client.send(GET).reads('hello');
    expect(ingress.asked[0]?.principal).toBe('spiffe://shop.example/ns/default/sa/client' as never);
    expect(captured(caller, 'outbound', 'mesh')).toBe(1);
    client.reset();
  });

  test('gives nobody a way around the policies', async () => {
    const { port, capture, ingress } = await startMesh('allow', false);
    await redirect(port, capture);
    await (await connect(port)).send(GET).reads('403');
    expect(ingress.asked).toEqual([]);
  });

  test('follows the snapshot: a service that left it is no longer reached', async () => {
    const { caller, port, capture, apply } = await startMesh();
    await redirect(port, capture);
    await (await connect(port)).send(GET).reads('hello');
    apply({ ports: [] });
    await (await connect(port)).finish();
    expect(captured(caller, 'outbound', 'refused')).toBe(1);
    apply({ ports: [port] });
    await (await connect(port)).send(GET).reads('hello');
  });

  test('refuses what goes to no service, counts it and says where it went', async () => {
    const { caller, capture } = await startMesh();
    await redirect(443, capture);
    await (await connect(443, STRANGER)).finish();
    expect(captured(caller, 'outbound', 'refused')).toBe(1);
    const line = caller.log.lines.find(({ message }) => message.startsWith('refused a captured'));
    expect(line?.fields).toMatchObject({ to: `${STRANGER}:443` });
  });

  test('passes it on in plain where that is allowed, both ways and to its end', async () => {
    const { caller, capture } = await startMesh('allow');
    const stranger = startWeb();
    await redirect(stranger.port, capture);
    const client = await connect(stranger.port);
    await client.send(GET).reads('hello');
    client.shutdown();
    await eventually('the end is passed on', () => stranger.connections[0]?.ended === true);
    stranger.connections[0]?.shutdown();
    await client.finish();
    expect(captured(caller, 'outbound', 'passed')).toBe(1);
    await eventually('nothing is held', () => isEmpty(caller.plane));
  });

  test('ends a connection whose destination does not answer', async () => {
    const { caller, capture } = await startMesh('allow');
    await redirect(1, capture);
    await (await connect(1)).finish();
    await eventually('nothing is held', () => isEmpty(caller.plane));
  });

  test('waits for a destination that is silent as long as its limit says, and no longer', async () => {
    const silent = await startNamespace();
    await silent.rules(`table inet selvage {
      chain input { type filter hook input priority 0; policy drop
      }
    }`);
    const clock = new FakeClock(Date.now());
    const sockets = socketsInside(silent.namespace);
    const caller = startPlane(clock, {
      sockets,
      applicationSockets: socketsInside(place.namespace),
    });
    planes.push(caller);
    const capture = caller.plane.captureOutbound({ host: HOST, port: 0, passthrough: 'allow' });
    await redirect(80, capture.port);
    const client = await connect(80, STRANGER);
    await eventually('it is dialled', () => caller.plane.census().dialling === 1);
    clock.advance(PASSED_CONNECT_TIMEOUT_MS - 200);
    expect(client.closed).toBe(false);
    clock.advance(400);
    await client.finish();
    await silent.remove();
  });

  test('passes on no more connections at a time than a data plane serves', async () => {
    const stranger = startWeb();
    const applicationSockets = socketsInside(place.namespace);
    const caller = startPlane(realClock, { maxClients: 1, applicationSockets });
    planes.push(caller);
    const capture = caller.plane.captureOutbound({ host: HOST, port: 0, passthrough: 'allow' });
    await redirect(stranger.port, capture.port);
    const first = await connect(stranger.port);
    await first.send(GET).reads('hello');
    await (await connect(stranger.port)).finish();
    expect(first.closed).toBe(false);
  });

  test('refuses whoever connects to its port straight, and never calls itself', async () => {
    const { caller, capture } = await startMesh('allow');
    await place.rules('');
    await (await connect(capture)).finish();
    expect(captured(caller, 'outbound', 'straight')).toBe(1);
    expect(captured(caller, 'outbound', 'passed')).toBe(0);
  });

  test.each(['strict', 'permissive'] as const)('is %s to plain callers', async (plainCallers) => {
    const application = place.namespace.inside(() => startWeb());
    const target = { host: HOST, port: application.port };
    const callee = startCaptive();
    const capture = callee.plane.captureInbound({ host: '::', port: 0, target, plainCallers });
    await redirect(application.port, capture.port, STRANGER);
    const client = await connect(application.port, STRANGER);
    if (plainCallers === 'strict') await client.finish();
    else await client.send(GET).reads('hello');
    const verdict = plainCallers === 'strict' ? 'refused' : 'passed';
    expect(captured(callee, 'inbound', verdict)).toBe(1);
  });
});
