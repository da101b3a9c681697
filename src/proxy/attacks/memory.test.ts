import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { eventually } from '../../ports/testing/index.ts';
import {
  block,
  data,
  frame,
  GET,
  headers,
  hello,
  POST,
  ping,
  RawPeer,
  reset,
  settingsFrame,
  windowUpdate,
} from '../http2/testing/index.ts';
import { CODE, FLAG, FRAME } from '../http2/wire.ts';
import { HEAD_BYTES, OUTPUT_LIMIT_BYTES, WITHHELD_BYTES } from '../limits.ts';
import type { Flooded } from '../testing/flooded-child.ts';
import { enterAs } from '../testing/hostile-sidecar.ts';
import { RawClient } from '../testing/index.ts';

const CONNECTIONS = 4;
/** Each connection pushes so much, or what is taken of it in a second. */
const PUSHED_BYTES = 64 * 1024 * 1024;
const PUSH_MS = 1_000;
/** What a collector leaves lying about between two runs: far below what is pushed, or becomes of it. */
const SLACK_BYTES = 96 * 1024 * 1024;
const TIMEOUT_MS = 30_000;

const many = (count: number, part: (index: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => part(index)));

/** A field of 4,000 octets that enters the table (RFC 7541 section 6.2.1), and then many that are no more than its number. */
const bomb = (): Buffer => {
  const large = Buffer.concat([
    Buffer.from([0x40, 1, 'x'.charCodeAt(0), 127, 0xa1, 0x1e]),
    Buffer.alloc(4_000, 'y'),
  ]);
  const first = frame(FRAME.HEADERS, FLAG.END_HEADERS, 1, Buffer.concat([block(GET), large]));
  const next = (index: number) =>
    frame(
      FRAME.HEADERS,
      FLAG.END_HEADERS,
      2 * index + 3,
      Buffer.concat([block(GET), Buffer.alloc(16_000, 0xbe)]),
    );
  return Buffer.concat([first, many(200, next)]);
};

/** What is said once, and what is said again and again; by how much that may be held. */
const FLOODS: Readonly<Record<string, { first?: Buffer; again: Buffer; heldBytes: number }>> = {
  PING: { again: many(1_000, () => ping()), heldBytes: OUTPUT_LIMIT_BYTES },
  SETTINGS: { again: many(1_000, () => settingsFrame([4, 1])), heldBytes: OUTPUT_LIMIT_BYTES },
  WINDOW_UPDATE: { again: many(1_000, () => windowUpdate(0, 1)), heldBytes: OUTPUT_LIMIT_BYTES },
  'unknown frames': {
    again: many(1_000, () => frame(0x42, 0, 1, Buffer.alloc(100))),
    heldBytes: OUTPUT_LIMIT_BYTES,
  },
  'empty DATA': {
    first: headers(1, POST, false),
    again: many(1_000, () => data(1, '')),
    heldBytes: OUTPUT_LIMIT_BYTES,
  },
  CONTINUATION: {
    first: frame(FRAME.HEADERS, 0, 1, block(GET)),
    again: many(100, () => frame(FRAME.CONTINUATION, 0, 1, block([['x', 'y'.repeat(4_000)]]))),
    heldBytes: OUTPUT_LIMIT_BYTES,
  },
  'rapid reset': {
    again: many(2_000, (index) =>
      Buffer.concat([headers(2 * index + 1, GET), reset(2 * index + 1, CODE.CANCEL)]),
    ),
    heldBytes: OUTPUT_LIMIT_BYTES,
  },
  'an HPACK bomb': { again: bomb(), heldBytes: OUTPUT_LIMIT_BYTES },
  'crumbs of cookies': {
    again: many(200, (index) =>
      headers(2 * index + 1, [
        ...GET,
        ...Array.from({ length: 4_000 }, () => ['cookie', 'a'] as const),
      ]),
    ),
    heldBytes: OUTPUT_LIMIT_BYTES,
  },
  'requests that never end': {
    again: many(1_000, (index) =>
      Buffer.concat([headers(2 * index + 1, POST, false), data(2 * index + 1, 'x'.repeat(16_000))]),
    ),
    heldBytes: WITHHELD_BYTES,
  },
};

let child: Bun.Subprocess<'ignore', 'pipe', 'inherit'>;
let flooded: Flooded;

beforeAll(async () => {
  const program = new URL('../testing/flooded-child.ts', import.meta.url).pathname;
  child = Bun.spawn([process.execPath, program], { stdin: 'ignore', stdout: 'pipe' });
  const { value } = await child.stdout.getReader().read();
  // The child says one line, and it is of that shape.
  flooded = JSON.parse(Buffer.from(value ?? []).toString()) as Flooded;
});

afterAll(() => child.kill());

const residentBytes = (): number => {
  const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
};

/** A request of somebody else is answered, at once or when the flood is over. */
async function isAnswered(): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end; ) {
    const client = await RawClient.connect(flooded.port);
    const answer = await client
      .send('GET / HTTP/1.1\r\nHost: web\r\n\r\n')
      .reads('\r\n\r\n', 10_000);
    client.reset();
    if (answer.includes('200 OK')) return;
  }
  throw new Error('nobody is answered any more');
}

/** Pushes the same bytes over some connections; the most memory that the process had meanwhile. */
async function flood(peers: readonly RawPeer[], again: Buffer): Promise<number> {
  let mostBytes = residentBytes();
  const offsets = peers.map(() => 0);
  const end = performance.now() + PUSH_MS;
  await eventually('all is said, or nobody listens', () => {
    for (const [index, peer] of peers.entries()) {
      const from = (offsets[index] ?? 0) % again.length;
      offsets[index] = (offsets[index] ?? 0) + peer.push(again.subarray(from));
    }
    mostBytes = Math.max(mostBytes, residentBytes());
    const isOver = peers.every(
      (peer, index) => peer.closed || peer.ended || (offsets[index] ?? 0) >= PUSHED_BYTES,
    );
    return isOver || performance.now() > end;
  });
  return mostBytes;
}

const ENTRANCES = [
  ['an application', () => RawPeer.connect(flooded.port)],
  ['a sidecar that was taken over', () => enterAs(flooded.inboundPort, flooded)],
] as const;

describe.each(ENTRANCES)(
  'the memory of a sidecar stays within twice its limits, flooded by %s',
  (_, enter) => {
    test.each(Object.entries(FLOODS))(
      'with %s',
      async (_name, { first, again, heldBytes }) => {
        await isAnswered();
        const beforeBytes = residentBytes();
        const peers = await Promise.all(Array.from({ length: CONNECTIONS }, enter));
        for (const peer of peers) peer.send(hello(), first ?? Buffer.alloc(0));
        const mostBytes = await flood(peers, again);
        expect(mostBytes - beforeBytes).toBeLessThan(2 * CONNECTIONS * heldBytes + SLACK_BYTES);
        for (const peer of peers) peer.drop();
        expect(child.exitCode).toBeNull();
        await isAnswered();
      },
      TIMEOUT_MS,
    );
  },
);

test(
  'the memory of a sidecar stays within twice its limits, with heads that never end',
  async () => {
    const beforeBytes = residentBytes();
    const clients = await Promise.all(
      Array.from({ length: 500 }, () => RawClient.connect(flooded.port)),
    );
    const part = `GET / HTTP/1.1\r\nHost: web\r\nx: ${'y'.repeat(HEAD_BYTES - 1_000)}`;
    for (const client of clients) client.send(part);
    await isAnswered();
    expect(residentBytes() - beforeBytes).toBeLessThan(
      2 * clients.length * HEAD_BYTES + SLACK_BYTES,
    );
    for (const client of clients) client.reset();
    await isAnswered();
  },
  TIMEOUT_MS,
);
