import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import {
  block,
  data,
  frame,
  GET,
  headers,
  type Lines,
  POST,
  type RawPeer,
} from '../http2/testing/index.ts';
import { FLAG, FRAME } from '../http2/wire.ts';
import { POLICY_FIELD_BYTES } from '../limits.ts';
import { hostileClient, hostileSidecar } from '../testing/hostile-sidecar.ts';
import {
  type Application,
  okAnswer,
  type Pair,
  startApplication,
  startPair,
} from '../testing/index.ts';

/** A field on which policies decide, said so that policies and applications could read two things. */
const AMBIGUOUS: Readonly<Record<string, readonly [reason: string, fields: Lines]>> = {
  'two values (CVE-2021-32777, CVE-2026-26308)': [
    'duplicate-policy-header',
    [
      ['x-role', 'guest'],
      ['x-role', 'admin'],
    ],
  ],
  'another spelling': ['duplicate-policy-header', [['x_role', 'admin']]],
  'a spelling that some servers take for it': ['duplicate-policy-header', [['x.role', 'admin']]],
  'both spellings': [
    'duplicate-policy-header',
    [
      ['x-role', 'guest'],
      ['x_role', 'admin'],
    ],
  ],
  'a byte above ASCII': ['bad-policy-header', [['x-role', 'gu\u00ebst']]],
  'too much to read': ['policy-header-too-large', [['x-role', 'a'.repeat(POLICY_FIELD_BYTES + 1)]]],
};

describe.each([
  ['an application', hostileClient],
  ['a sidecar that was taken over', hostileSidecar],
] as const)('what policies read of a request of HTTP/2 by %s', (_, enter) => {
  let pair: Pair;
  let application: Application;
  let peer: RawPeer;
  let streamId = 1;

  beforeAll(async () => {
    application = startApplication({
      received: (connection) => {
        if (connection.text.endsWith('\r\n\r\n')) connection.write(okAnswer('ok'));
      },
    });
    pair = await startPair(application, { snapshot: { policyHeaders: ['x-role'] } });
    peer = await enter(pair);
  });

  afterAll(async () => {
    peer.drop();
    await pair.stop();
  });

  const seen = (): string => application.connections.map(({ text }) => text).join('\n');
  const next = (): number => {
    streamId += 2;
    return streamId;
  };

  test.each(Object.entries(AMBIGUOUS))('is not %s', async (_name, [reason, fields]) => {
    const before = seen();
    const id = next();
    peer.send(headers(id, [...GET, ...fields]));
    await eventually('an answer', () => peer.hasEnded(id));
    expect(peer.heads(id)[0]).toContain(`x-selvage-reason: ${reason}`);
    expect(seen()).toBe(before);
  });

  test('is not said behind the content', async () => {
    const id = next();
    const trailers = block([
      ['x-role', 'admin'],
      ['x-sum', '9'],
    ]);
    const last = frame(FRAME.HEADERS, FLAG.END_HEADERS | FLAG.END_STREAM, id, trailers);
    peer.send(headers(id, POST, false), data(id, 'abc'), last);
    await eventually('an answer', () => peer.hasEnded(id) || peer.resetCode(id) !== undefined);
    expect(seen()).not.toContain('admin');
  });

  test('is what the application reads', async () => {
    const id = next();
    peer.send(headers(id, [...GET, ['x-role', 'guest']]));
    await eventually('an answer', () => peer.hasEnded(id));
    expect(pair.ingress.asked.at(-1)).toMatchObject({ headers: { 'x-role': 'guest' } });
    expect(seen()).toContain('\r\nx-role: guest\r\n');
  });
});
