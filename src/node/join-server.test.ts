import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { FrameReader } from '../core/index.ts';
import { generatePrivateKey, publicKeyOf, rawPublicKey, signContext } from '../crypto/index.ts';
import { connectTls } from '../platform/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { LINES_PER_SECOND } from '../telemetry/limited-log.ts';
import {
  challengeOf,
  encodeJoinMessage,
  type Join,
  MAX_JOIN_REQUEST_BYTES,
} from './join-conversation.ts';
import { MAX_CONVERSATIONS } from './join-server.ts';
import { DESK_HOST, deskOf, type OpenDesk, type TestMember, TestMesh } from './testing/index.ts';

const HOUR_MS = 3_600_000;

let mesh: TestMesh;
let closers: (() => void)[];
beforeEach(async () => {
  closers = [];
  mesh = await TestMesh.found();
});
afterEach(() => {
  for (const close of closers) close();
});

async function openDesk(member: TestMember): Promise<OpenDesk> {
  const open = deskOf(member);
  closers.push(() => open.desk.close());
  await open.desk.follow();
  return open;
}

/** Somebody who knows the protocol and not the rules. */
async function stranger(port: number) {
  const frames = new FrameReader(1 << 20);
  const heard: { kind: string; code?: string; message?: string; nonce?: string }[] = [];
  let closed = false;
  const { channel, binding } = await connectTls(DESK_HOST, port, () => ({
    bytes(bytes) {
      const read = frames.push(bytes);
      if (!read.ok) throw new Error(read.error);
      heard.push(...read.value.map((frame) => JSON.parse(new TextDecoder().decode(frame))));
    },
    closed: () => {
      closed = true;
    },
  }));
  /** A request as it should be, but for the secret, which nobody made. */
  const request = async (changes: Partial<Join> = {}, wanted = 'n2'): Promise<Uint8Array> => {
    await eventually('the hello', () => heard.length > 0);
    const nonce = Buffer.from(heard[0]?.nonce ?? '', 'base64');
    const nodeKey = rawPublicKey(publicKeyOf(key));
    const challenge = challengeOf({ nonce, binding, nodeKey, node: wanted });
    return encodeJoinMessage({
      kind: 'join',
      node: wanted,
      nodeKey: base64(nodeKey),
      proof: base64(signContext(key, 'selvage/join/v1', challenge)),
      evidence: { kind: 'token', secret: base64(new Uint8Array(32).fill(5)) },
      ...changes,
    });
  };
  return { channel, heard, request, isClosed: () => closed };
}

const key = generatePrivateKey('ed25519');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** Only its length arrives: it must be enough. */
function longFrame(): Uint8Array {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, MAX_JOIN_REQUEST_BYTES + 1);
  return header;
}

describe('the authority', () => {
  type Stranger = Awaited<ReturnType<typeof stranger>>;
  const bytes = (...octets: number[]) => Promise.resolve(Uint8Array.from(octets));
  const requests: readonly (readonly [
    what: string,
    request: (from: Stranger, other: Stranger) => Promise<Uint8Array>,
    message: string,
  ])[] = [
    ['no request', () => bytes(0, 0, 0, 2, 0x7b, 0x7d), 'it cannot be read'],
    ['one that is too long', () => Promise.resolve(longFrame()), 'it is too long'],
    [
      'one under no name',
      ({ request }) => request({ node: 'No_Label' }),
      "'No_Label' is no node name",
    ],
    [
      'one with a key that is none',
      ({ request }) => request({ nodeKey: 'AAAA' }),
      'request to join is malformed',
    ],
    [
      'one that does not prove its key',
      ({ request }) => request({ proof: base64(new Uint8Array(64)) }),
      'it does not prove that it holds its node key',
    ],
    [
      'one that was signed for another name',
      ({ request }) => request({ node: 'n3' }),
      'it does not prove that it holds its node key',
    ],
    [
      'one that was signed on another connection',
      (_, other) => other.request(),
      'it does not prove that it holds its node key',
    ],
    ['one without a token', ({ request }) => request(), 'does not know the join token'],
    [
      'one with a certificate when no enterprise is in force',
      ({ request }) =>
        request({ evidence: { kind: 'x509pop', chain: [], signature: base64(new Uint8Array(1)) } }),
      'no NodeAttestation is in force',
    ],
  ];
  for (const [what, request, message] of requests) {
    test(`refuses ${what}, and closes`, async () => {
      const n1 = await openDesk(mesh.n1);
      const [one, other] = [await stranger(n1.desk.port ?? 0), await stranger(n1.desk.port ?? 0)];
      const { channel, heard, isClosed } = one;
      await eventually('the hello', () => heard.length === 1);
      channel.send(await request(one, other));
      await eventually('the answer', () => heard.length === 2);
      expect(heard[1]?.message).toContain(message);
      await eventually('the end', isClosed);
    });
  }

  test('tells a stranger without a token nothing about names', async () => {
    const n1 = await openDesk(mesh.n1);
    const { channel, heard, request } = await stranger(n1.desk.port ?? 0);
    channel.send(await request({}, 'n1'));
    await eventually('the answer', () => heard.length === 2);
    expect(heard[1]?.code).toBe('TOKEN_UNKNOWN');
  });

  test('writes few lines about strangers, however many come', async () => {
    const n1 = await openDesk(mesh.n1);
    const crowd = await Promise.all(
      Array.from({ length: 3 * LINES_PER_SECOND }, () => stranger(n1.desk.port ?? 0)),
    );
    for (const { channel, request } of crowd) channel.send(await request());
    await eventually('all answers', () => crowd.every(({ heard }) => heard.length === 2));
    const answered = () => mesh.n1.log.lines.filter(({ message }) => message === 'join answered');
    expect(answered()).toHaveLength(LINES_PER_SECOND);
    expect(answered()[0]?.fields).toMatchObject({ result: 'refused', reason: 'TOKEN_UNKNOWN' });
    mesh.clock.advance(1_000);
    expect(mesh.n1.log.lines.at(-1)?.fields).toMatchObject({ leftOut: 2 * LINES_PER_SECOND });
  });

  test('writes no long line about a stranger, whatever it calls itself', async () => {
    const n1 = await openDesk(mesh.n1);
    const { channel, heard, request } = await stranger(n1.desk.port ?? 0);
    channel.send(await request({ node: 'n'.repeat(60_000) }));
    await eventually('the answer', () => heard.length === 2);
    const line = mesh.n1.log.lines.findLast(({ message }) => message === 'join answered');
    expect(line?.fields.detail).toContain('nnnn');
    expect(JSON.stringify(line).length).toBeLessThan(3_000);
  });

  test('hears one request a connection', async () => {
    const n1 = await openDesk(mesh.n1);
    const { channel, heard, isClosed, request } = await stranger(n1.desk.port ?? 0);
    const bytes = await request();
    channel.send(Buffer.concat([bytes, bytes, bytes]));
    await eventually('the end', isClosed);
    expect(heard).toHaveLength(2);
  });

  test('hangs up on who says nothing, first on the oldest when more come', async () => {
    const n1 = await openDesk(mesh.n1);
    const crowd = await Promise.all(
      Array.from({ length: MAX_CONVERSATIONS }, () => stranger(n1.desk.port ?? 0)),
    );
    await eventually('all hellos', () => crowd.every(({ heard }) => heard.length === 1));
    const late = await stranger(n1.desk.port ?? 0);
    await eventually('the late one is greeted', () => late.heard.length === 1);
    const isClosed = crowd.map((one) => one.isClosed);
    await eventually('one makes way', () => isClosed.filter((isGone) => isGone()).length === 1);
    late.channel.send(await late.request());
    await eventually('the late one is answered', () => late.heard.length === 2);
    mesh.clock.advance(10_000);
    await eventually('the silent ones are cut', () => crowd.every((one) => one.isClosed()));
  });

  test('takes nobody in any more once it is out of force, and again when it is back', async () => {
    const n2 = await mesh.member('n2');
    await mesh.addAuthority(n2);
    const desk = await openDesk(n2);
    expect(desk.desk.port).toBeDefined();
    await mesh.apply([], ['authorities/n2.json']);
    const opening = desk.desk.follow();
    expect(desk.desk.port).toBeUndefined();
    await opening;
    await mesh.addAuthority(n2);
    await desk.desk.follow();
    expect(desk.desk.port).toBeDefined();
  });

  test('keeps its port when its certificate is renewed', async () => {
    const n1 = await openDesk(mesh.n1);
    const before = n1.desk.port;
    const opened = () =>
      mesh.n1.log.lines.filter(({ message }) => message === 'join port open').length;
    mesh.clock.advance(12 * HOUR_MS);
    await eventually('the renewal', () => opened() === 2);
    expect(n1.desk.port).toBe(before as number);
  });

  test('does not open its port after it was closed', async () => {
    const { desk } = deskOf(mesh.n1);
    const opening = desk.follow();
    desk.close();
    await opening;
    expect(desk.port).toBeUndefined();
  });
});
