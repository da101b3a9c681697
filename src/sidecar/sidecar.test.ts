import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Namespace, parseServiceKey } from '../core/index.ts';
import { listenUnix } from '../platform/index.ts';
import type { Channel, ChannelListener } from '../ports/index.ts';
import { eventually, recordingLog } from '../ports/testing/index.ts';
import { N1, sampleTrust } from '../registry/testing/sample-trust.ts';
import {
  buildSnapshot,
  DELTA_VERSION,
  deltaBetween,
  encodeMessage,
  MessageStream,
  type NodeMessage,
  type SidecarMessage,
  snapshotDigest,
} from '../snapshot/index.ts';
import { createMetrics } from '../telemetry/index.ts';
import type { SidecarOptions } from './options.ts';
import { OwnCarrier } from './own-carrier.ts';
import { claimPort } from './port-claim.ts';
import { Sidecar } from './sidecar.ts';

const WEB = 'spiffe://shop.example/ns/default/sa/web';
const OTHER = 'spiffe://shop.example/ns/default/sa/other';

let directory: string;
let node: ChannelListener;
let heard: SidecarMessage[];
let answer: (message: SidecarMessage, channel: Channel) => void;
let channels: Channel[];
let sidecar: Sidecar;
const log = recordingLog();

/** A node that says what a test wants, on a real socket. */
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-sidecar-'));
  [heard, channels] = [[], []];
  answer = () => undefined;
  node = await listenUnix(path(), 0o600, (channel) => {
    const messages = MessageStream.ofSidecar();
    channels.push(channel);
    return {
      bytes(bytes) {
        const read = messages.push(bytes);
        if (!read.ok) throw new Error(read.error);
        for (const message of read.value) {
          heard.push(message);
          answer(message, channel);
        }
      },
      closed: () => undefined,
    };
  });
  const metrics = createMetrics();
  sidecar = new Sidecar(options(), {
    log,
    meter: metrics.meter,
    carrier: (events) => new OwnCarrier(log, metrics, events),
    claim: (place) => claimPort(place),
    hasIpv6: true,
  });
});
afterEach(() => {
  sidecar.stop();
  node.stop();
  rmSync(directory, { recursive: true, force: true });
});

const path = () => join(directory, 'workload.sock');

function options(): SidecarOptions {
  const service = parseServiceKey('ledger');
  if (!service.ok) throw new Error(service.error);
  return {
    socket: path(),
    namespace: 'default' as Namespace, // a label
    service: 'web',
    port: 1,
    host: '127.0.0.1',
    upstreams: [{ service: service.value, port: 29_999 }],
    labels: { version: 'v1' },
    weight: 100,
    workers: 1,
    run: 'run-of-a-test',
    drainMs: 0,
    logLevel: 'info',
  };
}

const welcome = (spiffeId = WEB): NodeMessage => ({
  type: 'welcome',
  spiffeId: spiffeId as never, // well formed, as are the others
  trustDomain: 'shop.example' as never,
  node: 'n1' as never,
  inboundAddress: '127.0.0.31',
});

const refusal = (code: string): NodeMessage => ({
  type: 'refused',
  code,
  message: `refused as ${code}`,
  remedy: 'Do what the node says.',
});

const say = (channel: Channel | undefined, message: NodeMessage) =>
  channel?.send(encodeMessage(message));

/** Every hello gets the same answer, and a refusal is the node's last word. */
function answerHello(message: NodeMessage): void {
  answer = (said, channel) => {
    if (said.type !== 'hello') return;
    say(channel, message);
    if (message.type === 'refused') channel.close();
  };
}

test('it says what it is and what it wants, and claims nothing', async () => {
  answerHello(refusal('IDENTITY_AMBIGUOUS'));
  await expect(sidecar.start()).rejects.toThrow();
  expect(heard[0]).toMatchObject({
    type: 'hello',
    namespace: 'default',
    serviceAccount: 'web',
    serves: { service: 'default/web', labels: { version: 'v1' }, weight: 100 },
    upstreams: ['default/ledger'],
  });
  expect(heard[0]).not.toHaveProperty('resumed');
});

test('a refusal that nothing will change ends it with the node’s words', async () => {
  answerHello(refusal('IDENTITY_AMBIGUOUS'));
  await expect(sidecar.start()).rejects.toMatchObject({
    code: 'WORKLOAD_REFUSED',
    message: 'refused as IDENTITY_AMBIGUOUS',
    remedy: 'Do what the node says.',
  });
});

test('a refusal that a change under way may lift is asked about again', async () => {
  answerHello(refusal('IDENTITY_NOT_REGISTERED'));
  const started = sidecar.start().catch((error: unknown) => error);
  await eventually('a second hello', () => heard.length >= 2);
  answerHello(refusal('IDENTITY_AMBIGUOUS'));
  expect(await started).toMatchObject({ message: 'refused as IDENTITY_AMBIGUOUS' });
});

test('a node of another version is said to be so', async () => {
  answer = (_message, channel) => say(channel, { type: 'from-the-future' } as never);
  await expect(sidecar.start()).rejects.toMatchObject({ code: 'NODE_NOT_UNDERSTOOD' });
});

test('one that was welcomed says so when it comes back, and asks for its certificate', async () => {
  answerHello(welcome());
  sidecar.start().catch(() => undefined); // it never serves here
  await eventually('the request', () => heard.some(({ type }) => type === 'csr'));
  channels[0]?.close();
  await eventually('the second hello', () => channels.length === 2 && heard.length >= 3);
  expect(heard.findLast(({ type }) => type === 'hello')).toMatchObject({ resumed: true });
});

for (const code of ['IDENTITY_NOT_REGISTERED', 'SERVICE_NOT_YOURS', 'IDENTITY_CHANGED']) {
  test(`an identity that is taken away (${code}) ends it, whatever it still holds`, async () => {
    answerHello(welcome());
    sidecar.start().catch(() => undefined);
    await eventually('the request', () => heard.some(({ type }) => type === 'csr'));
    say(channels[0], refusal(code));
    await expect(sidecar.failed).rejects.toMatchObject({
      code: 'WORKLOAD_REFUSED',
      message: `refused as ${code}`,
    });
  });
}

test('an identity that was revoked ends it under a code of its own: nothing is started in its place', async () => {
  answerHello(welcome());
  sidecar.start().catch(() => undefined);
  await eventually('the request', () => heard.some(({ type }) => type === 'csr'));
  say(channels[0], refusal('IDENTITY_REVOKED'));
  await expect(sidecar.failed).rejects.toMatchObject({ code: 'WORKLOAD_REVOKED' });
});

test('one that was given another identity meanwhile does not go on under the old one', async () => {
  answerHello(welcome(WEB));
  sidecar.start().catch(() => undefined);
  await eventually('the request', () => heard.some(({ type }) => type === 'csr'));
  answerHello(welcome(OTHER));
  channels[0]?.close();
  await expect(sidecar.failed).rejects.toThrow(`now registered as ${OTHER}, it was ${WEB}`);
});

test('it hands its metrics over when asked', async () => {
  answerHello(welcome());
  sidecar.start().catch(() => undefined);
  await eventually('the hello', () => channels.length === 1 && heard.length >= 1);
  say(channels[0], { type: 'metrics-request' });
  await eventually('metrics', () => heard.some(({ type }) => type === 'metrics'));
});

const program = { version: 1, context: [], headers: [], actions: [], policies: [] } as const;

test('a view that cannot be followed neither ends it nor keeps the next one from it', async () => {
  answerHello(welcome());
  sidecar.start().catch(() => undefined);
  await eventually('the hello', () => heard.length >= 1);
  const broken = { version: 1 } as never; // as a node with a defect may send it
  say(channels[0], { type: 'policies', digest: 'broken', part: 0, parts: 1, program: broken });
  say(channels[0], { type: 'policies', digest: 'whole', part: 0, parts: 1, program });
  const trust = { trust: sampleTrust, node: N1, offered: () => [], policyDigest: 'whole' };
  say(channels[0], {
    type: 'snapshot',
    snapshot: buildSnapshot({ ...trust, for: { upstreams: [] } }),
  });
  const enforced = () => heard.filter(({ type }) => type === 'enforces');
  await eventually('the next one', () => enforced().length === 1);
  const { version: trustVersion, digest: trustDigest } = sampleTrust;
  expect(enforced()).toEqual([{ type: 'enforces', trustVersion, trustDigest }]);
  expect(log.lines.map(({ message }) => message)).toContain('a view of the node was not followed');
});

test('it never says that it enforces policies that did not come', async () => {
  answerHello(welcome());
  sidecar.start().catch(() => undefined);
  await eventually('the hello', () => heard.length >= 1);
  say(channels[0], { type: 'policies', digest: 'first', part: 0, parts: 1, program });
  const view = { node: N1, offered: () => [], for: { upstreams: [] } };
  const old = buildSnapshot({ ...view, trust: sampleTrust, policyDigest: 'first' });
  say(channels[0], { type: 'snapshot', snapshot: old });
  // Of two parts one: the rest was lost.
  say(channels[0], { type: 'policies', digest: 'second', part: 0, parts: 2, program });
  const trust = { ...sampleTrust, version: sampleTrust.version + 1 };
  const next = buildSnapshot({ ...view, trust, policyDigest: 'second' });
  say(channels[0], { type: 'snapshot', snapshot: next });
  const enforced = () => heard.filter(({ type }) => type === 'enforces');
  await eventually('both views', () => enforced().length === 2);
  expect(enforced()[1]).toEqual({
    type: 'enforces',
    trustVersion: sampleTrust.version,
    trustDigest: sampleTrust.digest,
    problem: 'the policies that the node named did not come',
  });
});

test('it follows changes, and asks for the whole when one is missing', async () => {
  answerHello(welcome());
  sidecar.start().catch(() => undefined);
  await eventually('the hello', () => heard.length >= 1);
  say(channels[0], { type: 'policies', digest: 'first', part: 0, parts: 1, program });
  const view = { node: N1, offered: () => [], policyDigest: 'first', for: { upstreams: [] } };
  const at = (version: number) => buildSnapshot({ ...view, trust: { ...sampleTrust, version } });
  const whole = (number: number) => {
    const state = { number, digest: snapshotDigest(at(number)) };
    say(channels[0], { type: 'snapshot', snapshot: at(number), state });
  };
  const change = (number: number) => {
    const delta = deltaBetween(at(number - 1), at(number)) ?? {};
    say(channels[0], { type: 'delta', number, delta, digest: snapshotDigest(at(number)) });
  };
  whole(1);
  change(2);
  change(4);
  await eventually('the question', () => heard.some(({ type }) => type === 'snapshot-request'));
  whole(5);
  change(6);
  const versions = () =>
    heard.flatMap((message) => (message.type === 'enforces' ? [message.trustVersion] : []));
  await eventually('the last', () => versions().at(-1) === 6);
  expect(versions()).toEqual([1, 2, 5, 6]);
  expect(heard.filter(({ type }) => type === 'snapshot-request')).toHaveLength(1);
  expect(heard[0]).toMatchObject({ deltaVersion: DELTA_VERSION });
});
