import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { encodeFrame, type Namespace, type ServiceKey } from '../core/index.ts';
import { Revocations } from '../crypto/index.ts';
import { TestIssuer } from '../identity/testing/index.ts';
import { N1, sampleTrust, WEB } from '../registry/testing/sample-trust.ts';
import {
  buildSnapshot,
  encodeMessage,
  MessageStream,
  type NodeMessage,
  PROTOCOL_VERSION,
  type SidecarMessage,
} from './index.ts';
import { NODE_MESSAGE_BYTES, SIDECAR_LIMITS } from './limits.ts';
import { revoked } from './testing/index.ts';

const DB = 'shop/db' as ServiceKey;
const DIGEST = 'ab'.repeat(32);

const hello: SidecarMessage = {
  type: 'hello',
  protocolVersion: PROTOCOL_VERSION,
  instance: 'a1b2c3d4',
  namespace: 'shop' as Namespace,
  serviceAccount: 'web',
  serves: { service: 'shop/web' as ServiceKey, labels: { version: 'v1' } },
  upstreams: ['shop/db' as ServiceKey],
};
const fromSidecar: readonly SidecarMessage[] = [
  hello,
  {
    type: 'hello',
    protocolVersion: PROTOCOL_VERSION,
    instance: 'client-1',
    namespace: 'shop' as Namespace,
    upstreams: [],
  },
  { type: 'csr', der: 'AAEC' },
  { type: 'endpoint', port: 40_000, ready: true },
  { type: 'snapshot-request', fault: 'digest' },
  { type: 'withdraw' },
  { type: 'metrics', metrics: [{ name: 'x' }] },
];
const fromNode: readonly NodeMessage[] = [
  {
    type: 'welcome',
    spiffeId: WEB,
    trustDomain: sampleTrust.trustDomain,
    node: N1,
    inboundAddress: '10.0.0.1',
  },
  { type: 'refused', code: 'NO_REGISTRATION', message: 'no', remedy: 'apply one' },
  { type: 'svid', chainPem: ['PEM'], expiresAt: 1_900_000_000_000 },
  {
    type: 'policies',
    digest: 'p',
    part: 0,
    parts: 1,
    program: { version: 1, context: [], headers: [], actions: [], policies: [] },
  },
  {
    type: 'snapshot',
    snapshot: buildSnapshot({
      trust: { ...sampleTrust, authentications: [new TestIssuer('RS256').authentication()] },
      node: N1,
      offered: () => [],
      policyDigest: 'p',
      for: { upstreams: ['shop/db' as ServiceKey] },
      revocations: new Revocations(revoked.all, revoked.byAuthorities),
    }),
  },
  {
    type: 'delta',
    number: 2,
    digest: DIGEST,
    delta: { gone: ['shop/web' as ServiceKey], endpoints: [{ service: DB, removed: ['n1/x'] }] },
  },
  { type: 'metrics-request' },
];

const bytesOf = (value: unknown): Uint8Array =>
  encodeFrame(new TextEncoder().encode(JSON.stringify(value)));
const errorOf = (stream: MessageStream<unknown>, bytes: Uint8Array): string => {
  const read = stream.push(bytes);
  return read.ok ? 'no error' : read.error;
};

test('messages arrive whole, however the bytes are cut', () => {
  const both: readonly (readonly [
    MessageStream<unknown>,
    readonly (SidecarMessage | NodeMessage)[],
  ])[] = [
    [MessageStream.ofSidecar(), fromSidecar],
    [MessageStream.ofNode(), fromNode],
  ];
  for (const [stream, messages] of both) {
    const bytes = Buffer.concat(messages.map(encodeMessage));
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 });
    const property = fc.property(cuts, (sizes) => {
      const got: unknown[] = [];
      for (let at = 0, i = 0; at < bytes.length; i += 1) {
        const size = sizes[i % sizes.length] ?? 1;
        const read = stream.push(bytes.subarray(at, at + size));
        if (!read.ok) return false;
        got.push(...read.value);
        at += size;
      }
      return Bun.deepEquals(got, [...messages]);
    });
    fc.assert(property, { seed: 9, numRuns: 100 });
  }
});

test('a sidecar of another release is told so, before its other fields are looked at', () => {
  const words = 'of the workload protocol, this node version 1: run both from the same release';
  expect(errorOf(MessageStream.ofSidecar(), bytesOf({ type: 'hello', protocolVersion: 2 }))).toBe(
    `the sidecar speaks version 2 ${words}`,
  );
  expect(errorOf(MessageStream.ofSidecar(), bytesOf({ type: 'hello' }))).toContain('version none');
  const long = { type: 'hello', protocolVersion: 'x'.repeat(1_000_000) };
  expect(errorOf(MessageStream.ofSidecar(), bytesOf(long)).length).toBeLessThan(200);
});

const refused: readonly (readonly [why: string, value: unknown])[] = [
  ['no object with a type', 7],
  ['no object with a type', []],
  ['no object with a type', { type: 7 }],
  ['the message "shout" is not understood', { type: 'shout' }],
  ['the message "welcome" is not understood', fromNode[0]],
  ['instance', { ...hello, instance: '../x' }],
  ['namespace', { ...hello, namespace: 'Shop' }],
  ['serviceAccount', { ...hello, serviceAccount: 'a/b' }],
  ['upstreams', { ...hello, upstreams: Array(SIDECAR_LIMITS.upstreams + 1).fill('shop/db') }],
  ['upstreams', { ...hello, upstreams: ['db'] }],
  ['serves', { ...hello, serves: { service: 'shop/web' } }],
  ['port', { type: 'endpoint', port: 0, ready: true }],
  ['ready', { type: 'endpoint', port: 1, ready: 'yes' }],
  ['der', { type: 'csr', der: '<not base64>' }],
  ['der', { type: 'csr', der: 'AAAA'.repeat(3_000) }],
];

const delta = { type: 'delta', number: 2, digest: DIGEST, delta: {} };
const endpoint = { id: 'n1/x', node: 'n1', address: '10.0.0.1', port: 1, labels: {} };
const refusedOfNode: readonly (readonly [why: string, value: unknown])[] = [
  ['number', { ...delta, number: -1 }],
  ['number', { ...delta, number: undefined }],
  ['digest', { ...delta, digest: 'x' }],
  ['digest', { ...delta, digest: DIGEST.toUpperCase() }],
  ['delta', { ...delta, delta: undefined }],
  ['head', { ...delta, delta: { head: {} } }],
  ['gone', { ...delta, delta: { gone: ['db'] } }],
  ['services', { ...delta, delta: { services: [{ key: DB }] } }],
  ['endpoints', { ...delta, delta: { endpoints: [{ service: 'db' }] } }],
  [
    'port',
    { ...delta, delta: { endpoints: [{ service: DB, put: [{ ...endpoint, port: 'x' }] }] } },
  ],
  ['removed', { ...delta, delta: { endpoints: [{ service: DB, removed: [7] }] } }],
];

test('what is not understood is refused, in words that name the field', () => {
  for (const [why, value] of refused) {
    expect(errorOf(MessageStream.ofSidecar(), bytesOf(value))).toContain(why);
  }
  expect(errorOf(MessageStream.ofNode(), bytesOf(hello))).toContain('"hello"');
  for (const [why, value] of refusedOfNode) {
    expect(errorOf(MessageStream.ofNode(), bytesOf(value))).toContain(why);
  }
});

test('bytes that are no JSON in UTF-8 are refused', () => {
  const invalidInQuotes = [0x22, 0xff, 0x22];
  for (const bytes of [[], [0x7b], invalidInQuotes]) {
    const frame = encodeFrame(Uint8Array.from(bytes));
    expect(errorOf(MessageStream.ofSidecar(), frame)).toContain('no JSON');
  }
});

test('a message longer than its bound is refused from its header alone', () => {
  const header = (length: number): Uint8Array => {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, length);
    return bytes;
  };
  const tooLong = header(SIDECAR_LIMITS.messageBytes + 1);
  const stranger = MessageStream.ofSidecar();
  expect(errorOf(stranger, header(SIDECAR_LIMITS.helloBytes + 1))).toContain('at most');
  const welcomed = MessageStream.ofSidecar();
  welcomed.welcomed();
  expect(welcomed.push(header(SIDECAR_LIMITS.messageBytes)).ok).toBe(true);
  const tooMuch = MessageStream.ofSidecar();
  tooMuch.welcomed();
  expect(errorOf(tooMuch, tooLong)).toContain('at most');
  expect(MessageStream.ofNode().push(tooLong).ok).toBe(true);
  expect(errorOf(MessageStream.ofNode(), header(NODE_MESSAGE_BYTES + 1))).toContain('at most');
});

test('a broken stream stays broken', () => {
  const stream = MessageStream.ofSidecar();
  const first = errorOf(stream, bytesOf({ type: 'shout' }));
  expect(errorOf(stream, encodeMessage(hello))).toBe(first);
});
