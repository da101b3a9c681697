import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { FRAME_PAYLOAD_BYTES } from '../limits.ts';
import {
  block,
  data,
  frame,
  GET,
  goAway,
  headers,
  type Lines,
  latin1,
  POST,
  ping,
  reset,
  type Serving,
  settingsFrame,
  startServing,
  u32,
  windowUpdate,
} from './testing/index.ts';
import { FLAG, FRAME, SETTING } from './wire.ts';

let serving: Serving;

beforeAll(() => {
  serving = startServing((request) => {
    if (request.ended) request.answer(200, 'ok');
  });
});

afterAll(() => serving.stop());

const { END_STREAM, END_HEADERS, PADDED, PRIORITY } = FLAG;
const { HEADERS, DATA, CONTINUATION } = FRAME;

/** Of a request whose content is still to come. */
const open = (id: number): Buffer => headers(id, POST, false);
const half = (id: number): Buffer => frame(HEADERS, END_STREAM, id, block(GET.slice(0, 2)));
const otherHalf = (id: number): Buffer => frame(CONTINUATION, END_HEADERS, id, block(GET.slice(2)));
const setting = (id: number, value: number): Buffer => settingsFrame([id, value]);
const longName: Lines = [...GET, ['x'.repeat(20_000), 'y']];

/** What a peer sends after its hello, and what it gets: the end of the connection with a code, */
type Case = readonly [name: string, ...frames: Buffer[]];

const ends: Readonly<Record<string, readonly Case[]>> = {
  PROTOCOL_ERROR: [
    ['4.3: a frame of another type within a header block', half(1), ping()],
    ['4.3: a frame of another stream within a header block', half(1), otherHalf(3)],
    ['4.3: a frame of an unknown type within a header block', half(1), frame(0x16, 0, 1, u32(0))],
    ['4.3: DATA within a header block', open(1), half(3), data(1, 'x')],
    ['5.1: DATA on an idle stream', data(1, 'x')],
    ['5.1: RST_STREAM on an idle stream', reset(1, 8)],
    ['5.1: WINDOW_UPDATE on an idle stream', windowUpdate(1, 100)],
    ['5.1: CONTINUATION without HEADERS', otherHalf(1)],
    ['5.1.1: a stream of an even number', headers(2, GET)],
    ['6.1: DATA without a stream', data(0, 'x')],
    ['6.1: padding as long as the frame', open(1), frame(DATA, PADDED, 1, latin1('\x04abc'))],
    ['6.2: HEADERS without a stream', headers(0, GET)],
    [
      '6.2: padding longer than the frame',
      frame(HEADERS, PADDED | END_HEADERS, 1, Buffer.concat([latin1('\xff'), block(GET)])),
    ],
    ['6.2: no room for the priority', frame(HEADERS, PRIORITY | END_HEADERS, 1, latin1('abc'))],
    ['6.3: PRIORITY without a stream', frame(FRAME.PRIORITY, 0, 0, latin1('abcde'))],
    ['6.4: RST_STREAM without a stream', reset(0, 8)],
    ['6.5: SETTINGS of a stream', frame(FRAME.SETTINGS, 0, 1, Buffer.alloc(0))],
    ['6.5.2: ENABLE_PUSH of 2', setting(SETTING.ENABLE_PUSH, 2)],
    ['6.5.2: MAX_FRAME_SIZE below its default', setting(SETTING.MAX_FRAME_SIZE, 16_383)],
    ['6.5.2: MAX_FRAME_SIZE above what its field holds', setting(SETTING.MAX_FRAME_SIZE, 1 << 24)],
    ['6.7: PING of a stream', frame(FRAME.PING, 0, 1, latin1('12345678'))],
    ['6.8: GOAWAY of a stream', frame(FRAME.GOAWAY, 0, 1, Buffer.alloc(8))],
    ['6.9: WINDOW_UPDATE of 0', windowUpdate(0, 0)],
    ['6.10: CONTINUATION after the end', half(1), otherHalf(1), otherHalf(1)],
    ['6.10: CONTINUATION after HEADERS that are whole', headers(1, GET), otherHalf(1)],
    ['8.4: a push by a client', open(1), frame(FRAME.PUSH_PROMISE, END_HEADERS, 1, u32(2))],
    [
      'RFC 8441, 3: ENABLE_CONNECT_PROTOCOL taken back',
      setting(SETTING.ENABLE_CONNECT_PROTOCOL, 1),
      setting(SETTING.ENABLE_CONNECT_PROTOCOL, 0),
    ],
  ],
  FRAME_SIZE_ERROR: [
    [
      '4.2: a frame larger than announced',
      open(1),
      frame(DATA, 0, 1, Buffer.alloc(FRAME_PAYLOAD_BYTES + 1)).subarray(0, 100),
    ],
    ['6.1: padding without its length', open(1), frame(DATA, PADDED, 1, Buffer.alloc(0))],
    ['6.4: RST_STREAM of three bytes', open(1), frame(FRAME.RST_STREAM, 0, 1, latin1('abc'))],
    ['6.5: SETTINGS with an acknowledgement', frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(6))],
    ['6.5: SETTINGS of five bytes', frame(FRAME.SETTINGS, 0, 0, Buffer.alloc(5))],
    ['6.7: PING of seven bytes', frame(FRAME.PING, 0, 0, Buffer.alloc(7))],
    ['6.8: GOAWAY of seven bytes', frame(FRAME.GOAWAY, 0, 0, Buffer.alloc(7))],
    ['6.9: WINDOW_UPDATE of three bytes', frame(FRAME.WINDOW_UPDATE, 0, 0, Buffer.alloc(3))],
    ['6.3: PRIORITY of four bytes on no stream', frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(4))],
  ],
  FLOW_CONTROL_ERROR: [
    ['6.5.2: a window above 2^31-1', setting(SETTING.INITIAL_WINDOW_SIZE, 0x8000_0000)],
    ['6.9.1: more than 2^31-1 for the connection', windowUpdate(0, 0x7fff_ffff)],
    [
      '6.9.2: windows that SETTINGS make too large',
      open(1),
      windowUpdate(1, 0x7fff_ffff - 65_535),
      setting(SETTING.INITIAL_WINDOW_SIZE, 0x7fff_ffff),
    ],
  ],
  COMPRESSION_ERROR: [
    ['4.3: a header block that is none', frame(HEADERS, 5, 1, latin1('\xff\xff\xff\xff\xff\xff'))],
    ['4.3: trailers that are no header block', open(1), frame(HEADERS, 5, 1, latin1('\x80'))],
  ],
  STREAM_CLOSED: [
    ['5.1: HEADERS on a stream that has ended', headers(1, GET), headers(3, GET), headers(1, GET)],
    ['5.1: HEADERS on a stream that its client reset', open(1), reset(1, 8), headers(1, GET)],
    ['5.1.1: HEADERS below the last stream', headers(5, GET), headers(3, GET)],
  ],
};

for (const [code, cases] of Object.entries(ends)) {
  describe(`a connection ends with ${code}`, () => {
    test.each(cases.map(([name, ...frames]) => [name, frames] as const))(
      '%s',
      async (_, frames) => {
        const peer = await serving.connect();
        expect(await peer.send(...frames).wasEnded()).toBe(code);
      },
    );
  });
}

const resets: Readonly<Record<string, readonly Case[]>> = {
  PROTOCOL_ERROR: [
    ['6.9: WINDOW_UPDATE of 0', open(1), windowUpdate(1, 0)],
    ['8.1: trailers that do not end the stream', open(1), headers(1, [['x', 'y']], false)],
  ],
  FLOW_CONTROL_ERROR: [['6.9.1: a window above 2^31-1', open(1), windowUpdate(1, 0x7fff_ffff)]],
  FRAME_SIZE_ERROR: [
    ['6.3: PRIORITY of four bytes', open(1), frame(FRAME.PRIORITY, 0, 1, Buffer.alloc(4))],
  ],
  STREAM_CLOSED: [
    ['5.1: DATA on a stream that has ended', headers(1, GET), data(1, 'x')],
    ['5.1: DATA on a stream that its client reset', open(1), reset(1, 8), data(1, 'x')],
  ],
};

for (const [code, cases] of Object.entries(resets)) {
  describe(`a stream ends with ${code}, and the connection goes on`, () => {
    test.each(cases.map(([name, ...frames]) => [name, frames] as const))(
      '%s',
      async (_, frames) => {
        const peer = await serving.connect();
        expect(await peer.send(...frames).wasReset(1)).toBe(code);
        expect(await peer.send(headers(7, GET)).answered(7)).toBe(':status: 200');
      },
    );
  });
}

const fine: readonly Case[] = [
  ['4.1: a frame of an unknown type', frame(0xbe, 0xff, 0, latin1('what'))],
  ['4.1: flags that mean nothing', frame(FRAME.PING, 0xf6, 0, latin1('12345678'))],
  ['4.1: the reserved bit', frame(FRAME.WINDOW_UPDATE, 0, 0x8000_0000, u32(0x8000_0001))],
  ['4.2: a frame of 2^14 bytes', open(1), data(1, 'x'.repeat(16_384))],
  ['4.3: a header block in many frames', half(1), otherHalf(1)],
  ['5.1: PRIORITY on any stream', frame(FRAME.PRIORITY, 0, 9, latin1('\0\0\0\x09x'))],
  ['5.1: WINDOW_UPDATE and RST_STREAM on a closed stream', headers(1, GET), windowUpdate(1, 1)],
  ['5.1: RST_STREAM on a closed stream', headers(1, GET), reset(1, 8), reset(1, 8)],
  ['6.1: padding', open(1), frame(DATA, PADDED | END_STREAM, 1, latin1('\x03hello\0\0\0'))],
  [
    '6.2: padding and a priority',
    frame(
      HEADERS,
      PADDED | PRIORITY | END_HEADERS | END_STREAM,
      1,
      Buffer.concat([latin1('\x02\0\0\0\x0b\x10'), block(GET), latin1('\0\0')]),
    ),
  ],
  ['6.5: an acknowledgement', frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0))],
  ['6.5.2: a setting of an unknown name', setting(0xff, 1)],
  ['6.8: GOAWAY', goAway(0)],
  ['a name of 20,000 characters, in two frames', ...splitHeaders(1, longName)],
];

function splitHeaders(id: number, lines: Lines): Buffer[] {
  const bytes = block(lines);
  return [
    frame(HEADERS, END_STREAM, id, bytes.subarray(0, 9_000)),
    frame(CONTINUATION, END_HEADERS, id, bytes.subarray(9_000)),
  ];
}

describe('a connection goes on after', () => {
  test.each(fine.map(([name, ...frames]) => [name, frames] as const))('%s', async (_, frames) => {
    const peer = await serving.connect();
    expect(await peer.send(...frames, headers(11, GET)).answered(11)).toBe(':status: 200');
    expect(peer.goAwayCode()).toBeUndefined();
  });

  test('6.7: PING, which is answered with what it says', async () => {
    const peer = await serving.connect();
    peer.send(ping('whatever'));
    await peer.until('the answer', () => peer.of(FRAME.PING).length === 1);
    const [answer] = peer.of(FRAME.PING);
    expect([answer?.flags, answer?.payload.toString()]).toEqual([FLAG.ACK, 'whatever']);
  });

  test('6.5.3: SETTINGS, which are acknowledged', async () => {
    const peer = await serving.connect();
    const acknowledged = () => peer.of(FRAME.SETTINGS).filter(({ flags }) => flags === FLAG.ACK);
    await peer.until('the acknowledgement', () => acknowledged().length === 1);
  });
});

describe('a client begins', () => {
  test('3.4: with the preface, and nothing else', async () => {
    const peer = await serving.connect();
    const other = await serving.connectBare();
    expect(await other.send(latin1('GET / HTTP/1.1\r\nhost: web\r\n\r\n')).wasEnded()).toBe(
      'PROTOCOL_ERROR',
    );
    expect(await peer.send(headers(1, GET)).answered(1)).toBe(':status: 200');
  });

  test('3.4: with SETTINGS after it', async () => {
    const peer = await serving.connectBare();
    expect(await peer.send(latin1('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), ping()).wasEnded()).toBe(
      'PROTOCOL_ERROR',
    );
  });

  test('3.4: with these in as many pieces as it likes', async () => {
    const peer = await serving.connectBare();
    const bytes = Buffer.concat([
      latin1('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      settingsFrame([SETTING.ENABLE_PUSH, 0]),
      open(1),
      frame(DATA, PADDED | END_STREAM, 1, latin1('\x03hello\0\0\0')),
    ]);
    for (const byte of bytes) {
      peer.send(Buffer.from([byte]));
      await Bun.sleep(0); // the other side reads it by itself
    }
    await peer.until('the request', () => serving.requests.at(-1)?.content === 'hello');
  });
});
