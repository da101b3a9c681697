import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import {
  CONTINUATION_FRAMES,
  FIELD_LIST_BYTES,
  HEAD_TIMEOUT_MS,
  IDLE_FRAMES,
  OUTPUT_HIGH_WATER_BYTES,
  OUTPUT_LIMIT_BYTES,
  STREAMS_PER_CONNECTION,
  WASTED_STREAMS,
} from '../limits.ts';
import {
  block,
  data,
  frame,
  GET,
  headers,
  latin1,
  POST,
  ping,
  type RawPeer,
  reset,
  type Serving,
  settingsFrame,
  startServing,
  windowUpdate,
} from './testing/index.ts';
import { CODE, FLAG, FRAME, SETTING } from './wire.ts';

let serving: Serving;
afterEach(() => serving.stop());

/** The same frames on one stream after another, or again and again. */
const times = (count: number, make: (id: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, index) => make(1 + 2 * index)));

/** Sends more than a socket takes at once, until all is sent or the other side has closed. */
async function flood(peer: RawPeer, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length && !peer.closed && !peer.ended; ) {
    const taken = peer.push(bytes.subarray(at));
    at += taken;
    if (taken === 0) await Bun.sleep(1); // the socket is full
  }
}

const open = (id: number): Buffer => headers(id, POST, false);

describe('rapid reset (CVE-2023-44487)', () => {
  test('ends the connection, and each request was given up at once', async () => {
    serving = startServing();
    const peer = await serving.connect();
    const attack = (id: number) => Buffer.concat([headers(id, GET), reset(id, CODE.CANCEL)]);
    await flood(peer, times(2 * WASTED_STREAMS, attack));
    expect(await peer.wasEnded()).toBe('ENHANCE_YOUR_CALM');
    expect(serving.requests.length).toBe(WASTED_STREAMS + 1);
    expect(serving.requests.every(({ gone }) => gone)).toBe(true);
  });

  test('is not what a thousand clients do that all leave at once, once and again', async () => {
    serving = startServing();
    const peer = await serving.connect();
    for (let round = 0; round < 2; round++) {
      const ids = Array.from({ length: 1_000 }, (_, index) => 1 + 2 * (1_000 * round + index));
      await flood(peer, Buffer.concat(ids.map((id) => headers(id, GET))));
      await eventually('all', () => serving.requests.length === 1_000 * (round + 1));
      await flood(peer, Buffer.concat(ids.map((id) => reset(id, CODE.CANCEL))));
      await eventually('none', () => serving.requests.every(({ gone }) => gone));
    }
    expect(peer.goAwayCode()).toBeUndefined();
  });

  test('is not what clients do of whom every second one leaves, however long that goes on', async () => {
    serving = startServing((request) => {
      if (request.head.method === 'GET') request.answer(204);
    });
    const peer = await serving.connect();
    const pair = (at: number) => [
      headers(4 * at + 1, GET),
      headers(4 * at + 3, POST),
      reset(4 * at + 3, CODE.CANCEL),
    ];
    for (let at = 0; at < 2 * WASTED_STREAMS; at += 500) {
      await flood(
        peer,
        Buffer.concat(Array.from({ length: 500 }, (_, more) => pair(at + more)).flat()),
      );
      await peer.until('the answers', () => peer.hasEnded(4 * (at + 499) + 1));
    }
    expect(peer.goAwayCode()).toBeUndefined();
  });

  test('is not what clients do that leave after an answer began', async () => {
    serving = startServing((request) => request.client.answer(OK, [], false));
    const peer = await serving.connect();
    for (let index = 0; index < 2 * WASTED_STREAMS; index += 500) {
      const part = Array.from({ length: 500 }, (_, at) => 1 + 2 * (index + at));
      await flood(peer, Buffer.concat(part.map((id) => headers(id, GET))));
      await eventually('all', () => serving.requests.length === index + 500);
      await flood(peer, Buffer.concat(part.map((id) => reset(id, CODE.CANCEL))));
    }
    await eventually('all gone', () => serving.requests.every(({ gone }) => gone));
    expect(peer.goAwayCode()).toBeUndefined();
  });
});

describe('resets that a client has the server send (MadeYouReset, CVE-2025-8671)', () => {
  const provocations: Readonly<Record<string, (id: number) => Buffer>> = {
    'a WINDOW_UPDATE of 0': (id) => windowUpdate(id, 0),
    'a window above 2^31-1': (id) => windowUpdate(id, 0x7fff_ffff),
    'a PRIORITY of four bytes': (id) => frame(FRAME.PRIORITY, 0, id, Buffer.alloc(4)),
    'a head in the middle': (id) => headers(id, [['x', 'y']], false),
    'trailers that are none': (id) => headers(id, [[':path', '/']]),
  };

  test.each(Object.entries(provocations))('by %s end the connection', async (_, provoke) => {
    serving = startServing();
    const peer = await serving.connect();
    const attack = (id: number) => Buffer.concat([open(id), provoke(id)]);
    await flood(peer, times(2 * WASTED_STREAMS, attack));
    expect(await peer.wasEnded()).toBe('ENHANCE_YOUR_CALM');
    expect(serving.requests.length).toBe(WASTED_STREAMS + 1);
    expect(serving.requests.every(({ gone }) => gone)).toBe(true);
  });

  test('by malformed requests, or more than it may have, end it too', async () => {
    serving = startServing();
    const malformed = await serving.connect();
    await flood(
      malformed,
      times(2 * WASTED_STREAMS, (id) => headers(id, [[':path', '/']])),
    );
    expect(await malformed.wasEnded()).toBe('ENHANCE_YOUR_CALM');
    const many = await serving.connect();
    await flood(many, times(STREAMS_PER_CONNECTION + 2 * WASTED_STREAMS, open));
    expect(await many.wasEnded()).toBe('ENHANCE_YOUR_CALM');
    expect(serving.requests.length).toBe(STREAMS_PER_CONNECTION);
  });
});

describe('CONTINUATION (CVE-2024-27919, CVE-2024-28182)', () => {
  const begin = frame(FRAME.HEADERS, FLAG.END_STREAM, 1, block(GET));

  test('without end ends the connection', async () => {
    serving = startServing();
    const peer = await serving.connect();
    const more = frame(FRAME.CONTINUATION, 0, 1, Buffer.alloc(0));
    peer.send(begin, ...Array.from({ length: CONTINUATION_FRAMES + 1 }, () => more));
    expect(await peer.wasEnded()).toBe('ENHANCE_YOUR_CALM');
  });

  test('of more bytes than a head may have ends the connection', async () => {
    serving = startServing();
    const peer = await serving.connect();
    const more = frame(FRAME.CONTINUATION, 0, 1, Buffer.alloc(FIELD_LIST_BYTES / 2, 'x'));
    await flood(peer, Buffer.concat([begin, more, more, more]));
    expect(await peer.wasEnded()).toBe('ENHANCE_YOUR_CALM');
    expect(serving.runtime.census.heldBytes).toBe(0);
  });

  test('that does not come in time ends the connection', async () => {
    const clock = new FakeClock();
    serving = startServing(undefined, { clock });
    const peer = await serving.connect();
    peer.send(ping(), begin);
    await peer.until('the answer', () => peer.of(FRAME.PING).length === 1);
    clock.advance(HEAD_TIMEOUT_MS + 200);
    expect(await peer.wasEnded()).toBe('PROTOCOL_ERROR');
  });
});

describe('frames that carry nothing', () => {
  const idle: Readonly<Record<string, Buffer>> = {
    PING: ping(),
    SETTINGS: settingsFrame([SETTING.INITIAL_WINDOW_SIZE, 1_000]),
    'empty SETTINGS': settingsFrame(),
    acknowledgements: frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0)),
    'empty DATA': data(1, ''),
    'DATA of padding': frame(FRAME.DATA, FLAG.PADDED, 1, latin1('\x03\0\0\0')),
    PRIORITY: frame(FRAME.PRIORITY, 0, 3, Buffer.alloc(5)),
    'WINDOW_UPDATE of the connection': windowUpdate(0, 1),
    'WINDOW_UPDATE of a stream': windowUpdate(1, 1),
    GOAWAY: frame(FRAME.GOAWAY, 0, 0, Buffer.alloc(8)),
    'RST_STREAM of a closed stream': reset(3, CODE.CANCEL),
    'an unknown type': frame(0xee, 0, 1, latin1('what')),
  };

  test.each(Object.entries(idle))('are counted: %s', async (_, bytes) => {
    serving = startServing();
    const peer = await serving.connect();
    peer.send(open(1), headers(3, GET), reset(3, CODE.CANCEL));
    await flood(peer, Buffer.concat(Array.from({ length: 2 * IDLE_FRAMES }, () => bytes)));
    expect(await peer.wasEnded()).toBe('ENHANCE_YOUR_CALM');
    expect(serving.requests.every(({ gone }) => gone)).toBe(true);
  });

  test('are forgiven with time', async () => {
    const clock = new FakeClock();
    serving = startServing(undefined, { clock });
    const peer = await serving.connect();
    for (let round = 1; round <= 4; round++) {
      const pings = Array.from({ length: IDLE_FRAMES / 2 }, () => ping());
      await flood(peer, Buffer.concat(pings));
      await peer.until('all', () => peer.of(FRAME.PING).length === (round * IDLE_FRAMES) / 2);
      clock.advance(6_000);
    }
    expect(peer.goAwayCode()).toBeUndefined();
  });
});

describe('a peer that reads nothing', () => {
  const held = () => serving.runtime.census.heldBytes;

  test('is not heard once much is held for it, and everything goes on when it reads', async () => {
    serving = startServing((request) => request.answer(204, '', { 'x-long': 'y'.repeat(8_000) }));
    const peer = await serving.connect();
    peer.pause();
    await flood(
      peer,
      times(1_000, (id) => headers(id, GET)),
    );
    await eventually('much is held', () => held() > OUTPUT_HIGH_WATER_BYTES);
    const before = serving.requests.length;
    peer.send(headers(2_001, GET));
    const other = await serving.connect();
    other.send(ping());
    await other.until('something later', () => other.of(FRAME.PING).length === 1);
    expect(serving.requests.length).toBe(before);
    expect(held()).toBeLessThan(OUTPUT_LIMIT_BYTES);
    peer.resume();
    await peer.until('the answers', () => peer.hasEnded(2_001));
  });

  test('and asks for more than can be held loses its connection', async () => {
    serving = startServing((request) => request.answer(204, '', { 'x-long': 'y'.repeat(40_000) }));
    const peer = await serving.connect();
    peer.pause();
    await flood(
      peer,
      times(1_000, (id) => headers(id, GET)),
    );
    await serving.settled();
    expect(serving.requests.length).toBeLessThan(900); // of which many went into the kernel
  });
});

const OK = {
  status: 200,
  fields: [],
  length: undefined,
  meshReason: undefined,
  meshRetry: undefined,
};
