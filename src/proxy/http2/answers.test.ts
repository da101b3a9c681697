import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { IDLE_FRAMES, STREAMS_BEFORE_SETTINGS, STREAMS_PER_CONNECTION } from '../limits.ts';
import { type HeardAnswer, requestHead } from '../testing/heard-answer.ts';
import {
  block,
  type Conversation,
  data,
  frame,
  goAway,
  headers,
  type Lines,
  latin1,
  ping,
  type RawListener,
  type RawPeer,
  reset,
  settingsFrame,
  startConversation,
  startRawListener,
  u32,
  windowUpdate,
} from './testing/index.ts';
import { CODE, FLAG, FRAME, SETTING } from './wire.ts';

let listener: RawListener;
let caller: Conversation;
let server: RawPeer;

beforeEach(async () => {
  listener = startRawListener();
  caller = await startConversation(listener.port);
  await eventually('the connection', () => listener.peers.length === 1);
  const [peer] = listener.peers;
  if (peer === undefined) throw new Error('nobody connected');
  server = peer.send(settingsFrame());
});

afterEach(async () => {
  await caller.stop();
  listener.stop();
});

const OK: Lines = [[':status', '200']];

/** A request on stream 1, and what its exchange hears. */
async function asked(method = 'GET', ended = true): Promise<HeardAnswer> {
  const answer = caller.open(requestHead(method, '/')).ask(ended);
  await server.until('the request', () => server.of(FRAME.HEADERS).length > 0);
  return answer;
}

const lost = (answer: HeardAnswer) => eventually('a loss', () => answer.loss !== undefined);

describe('a client of HTTP/2', () => {
  test('begins with the preface and SETTINGS, allows no push, and does not wait for an answer', async () => {
    await asked();
    const [settings] = server.of(FRAME.SETTINGS);
    const pairs: Record<number, number> = {};
    for (let at = 0; at < (settings?.payload.length ?? 0); at += 6) {
      pairs[settings?.payload.readUInt16BE(at) ?? 0] = settings?.payload.readUInt32BE(at + 2) ?? 0;
    }
    expect(pairs[SETTING.ENABLE_PUSH]).toBe(0);
    expect(server.heads(1)[0]).toEqual([
      ':method: GET',
      ':scheme: http',
      ':path: /',
      ':authority: web',
      'te: trailers',
    ]);
  });

  test('hears informational answers, and then the answer', async () => {
    const answer = await asked();
    server.send(
      headers(
        1,
        [
          [':status', '103'],
          ['link', '</x>'],
        ],
        false,
      ),
    );
    server.send(headers(1, OK, false), data(1, 'yes'), headers(1, [['grpc-status', '0']]));
    await eventually('the end', () => answer.ended);
    expect([answer.information, answer.head?.status, answer.content, answer.trailers]).toEqual([
      [103],
      200,
      'yes',
      ['grpc-status: 0'],
    ]);
  });

  test('believes of the mesh’s own fields what a sidecar says, and passes them on nowhere', async () => {
    const answer = await asked();
    const mesh: Lines = [
      ['x-selvage-reason', 'overloaded'],
      ['x-selvage-retry', 'safe'],
    ];
    server.send(headers(1, [[':status', '503'], ...mesh]));
    await eventually('the end', () => answer.ended);
    expect(answer.head).toMatchObject({
      fields: [],
      meshReason: 'overloaded',
      meshRetry: 'safe',
    });
  });

  test('takes an answer without content to HEAD, 204 and 304 whatever length they name', async () => {
    const answer = await asked('HEAD');
    server.send(headers(1, [...OK, ['content-length', '100']]));
    await eventually('the end', () => answer.ended);
    expect(answer.head?.length).toBe(100);
  });

  test('lets a server cut off a request whose answer is whole', async () => {
    const answer = await asked('POST', false);
    server.send(headers(1, OK), reset(1, CODE.NO_ERROR));
    await eventually('the end', () => answer.ended);
    await eventually('no stream', () => caller.client.openStreams === 0);
    expect(answer.loss).toBeUndefined();
  });

  test('loses no other stream by the many messages that were on their way when one was taken back', async () => {
    const answer = await asked();
    server.send(headers(1, OK, false));
    await eventually('the answer', () => answer.head !== undefined);
    const other = caller.open().ask();
    answer.server?.cancel();
    await server.wasReset(1);
    const messages = Array.from({ length: 2 * IDLE_FRAMES }, () => data(1, 'one of many'));
    server.send(Buffer.concat(messages), ping());
    await server.until('all were read', () => server.of(FRAME.PING).length > 0 || server.ended);
    expect(server.goAwayCode()).toBeUndefined();
    expect(other.loss).toBeUndefined();
  });

  test('takes a request back with CANCEL, and ignores what was on its way', async () => {
    const answer = await asked();
    answer.server?.cancel();
    expect(await server.wasReset(1)).toBe('CANCEL');
    server.send(headers(1, OK, false), data(1, 'late'), headers(1, [['late', 'too']]));
    const next = caller.open().ask();
    await server.until('the next', () => server.heads(3).length === 1);
    server.send(headers(3, OK));
    await eventually('its answer', () => next.ended);
    expect([answer.head, server.resetCode(1)]).toEqual([undefined, 'CANCEL']);
  });
});

const malformed: Readonly<Record<string, readonly Buffer[]>> = {
  '8.3.2: no status': [headers(1, [['x', 'y']])],
  '8.3.2: two statuses': [headers(1, [...OK, ...OK])],
  '8.3.2: a status that is none': [headers(1, [[':status', '20']])],
  '8.3.2: a status after a field': [headers(1, [['x', 'y'], ...OK])],
  '8.3: a pseudo-field of requests': [headers(1, [...OK, [':path', '/']])],
  '8.6: 101': [headers(1, [[':status', '101']], false)],
  '8.1: an informational answer that ends the stream': [headers(1, [[':status', '103']])],
  '8.1: content before the head': [data(1, 'x')],
  '8.1: trailers that do not end the stream': [
    headers(1, OK, false),
    headers(1, [['x', 'y']], false),
  ],
  '8.1: trailers with a pseudo-field': [headers(1, OK, false), headers(1, OK)],
  '8.2.1: a name in upper case': [headers(1, [...OK, ['X', 'y']])],
  '8.2.2: transfer-encoding': [headers(1, [...OK, ['transfer-encoding', 'chunked']])],
  '8.1.1: more content than its length': [
    headers(1, [...OK, ['content-length', '2']], false),
    data(1, 'abc', true),
  ],
  '8.1.1: less content than its length': [
    headers(1, [...OK, ['content-length', '2']], false),
    data(1, 'a', true),
  ],
  '8.1.1: no content at all': [headers(1, [...OK, ['content-length', '2']])],
  '8.1.1: trailers before the length is reached': [
    headers(1, [...OK, ['content-length', '2']], false),
    headers(1, [['x', 'y']]),
  ],
  'content after 204': [headers(1, [[':status', '204']], false), data(1, 'a')],
};

describe('what is no answer is never passed on as one', () => {
  test.each(Object.entries(malformed))('%s', async (_, frames) => {
    const answer = await asked();
    server.send(...frames);
    await lost(answer);
    expect([answer.loss, answer.ended]).toEqual(['malformed', false]);
    expect(await server.wasReset(1)).toBe('PROTOCOL_ERROR');
    expect(caller.gone()).toBe(false);
  });
});

const ends: readonly (readonly [code: string, name: string, ...frames: Buffer[]])[] = [
  ['PROTOCOL_ERROR', '8.4: a push', frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, 1, u32(2))],
  ['PROTOCOL_ERROR', '5.1: an answer on an idle stream', headers(3, OK)],
  ['PROTOCOL_ERROR', '5.1: an answer on a stream that no client opens', headers(2, OK)],
  ['PROTOCOL_ERROR', '6.5.2: a server that allows a push', settingsFrame([2, 1])],
  ['COMPRESSION_ERROR', '4.3: a head that is no header block', frame(1, 4, 1, latin1('\x80'))],
  ['PROTOCOL_ERROR', '6.9: a WINDOW_UPDATE of 0', windowUpdate(0, 0)],
  ['PROTOCOL_ERROR', '4.3: a frame within a head', frame(1, 0, 1, block(OK)), ping()],
];

describe('a server that breaks the rules of the connection', () => {
  test.each(ends.map(([code, name, ...frames]) => [name, code, frames] as const))(
    'loses it: %s',
    async (_, code, frames) => {
      const answer = await asked();
      server.send(...frames);
      await lost(answer);
      expect(await server.wasEnded()).toBe(code);
      expect([answer.loss, caller.client.acceptsStreams]).toEqual(['closed', false]);
    },
  );

  test('with something else than SETTINGS first loses it', async () => {
    const other = await startConversation(listener.port);
    await eventually('the connection', () => listener.peers.length === 2);
    const peer = listener.peers[1];
    const answer = other.open().ask();
    expect(await peer?.send(latin1('HTTP/1.1 400 Bad Request\r\n\r\n')).wasEnded()).toBe(
      'FRAME_SIZE_ERROR',
    );
    await lost(answer);
    await other.stop();
  });
});

describe('a request that was lost', () => {
  test('was not processed when the server refused its stream', async () => {
    const answer = await asked();
    server.send(reset(1, CODE.REFUSED_STREAM));
    await lost(answer);
    expect(answer.loss).toBe('unprocessed');
  });

  test('may have been processed when the server reset its stream otherwise', async () => {
    const answer = await asked();
    server.send(reset(1, CODE.INTERNAL_ERROR));
    await lost(answer);
    expect(answer.loss).toBe('closed');
  });

  test('was not processed when it is above the last one of GOAWAY; those below go on', async () => {
    const first = await asked();
    const second = caller.open().ask();
    await server.until('both', () => server.of(FRAME.HEADERS).length === 2);
    server.send(goAway(1));
    await lost(second);
    expect([second.loss, caller.client.acceptsStreams]).toEqual(['unprocessed', false]);
    server.send(headers(1, OK));
    await eventually('the first', () => first.ended);
    expect(await server.wasEnded()).toBe('NO_ERROR');
  });

  test('may have been processed when the connection closes', async () => {
    const answer = await asked();
    server.drop();
    await lost(answer);
    expect([answer.loss, caller.gone()]).toEqual(['closed', true]);
  });

  test('was not processed when the connection closed before its head was written', async () => {
    const answer = caller.open().ask(); // written at the end of this turn only
    caller.runtime.connections.reset();
    await lost(answer);
    expect(answer.loss).toBe('unprocessed');
  });
});

describe('streams', () => {
  test('are as many as the server allows, and one that ends makes room', async () => {
    server.send(settingsFrame([SETTING.MAX_CONCURRENT_STREAMS, 2]));
    await eventually('SETTINGS', () => caller.client.settings.maxStreams === 2);
    const first = caller.open().ask();
    caller.open().ask();
    expect(() => caller.open()).toThrow('no stream is free');
    await server.until('both', () => server.of(FRAME.HEADERS).length === 2);
    const before = caller.freed();
    server.send(headers(1, OK));
    await eventually('the end', () => first.ended && caller.freed() > before);
    caller.open().ask();
    await server.until('the third', () => server.heads(5).length === 1);
  });

  test('are few until the server’s SETTINGS have come, and ours are bounded whatever it allows', async () => {
    const silent = startRawListener();
    const other = await startConversation(silent.port);
    const streams = () => {
      let count = 0;
      while (other.client.acceptsStreams) {
        other.open().ask();
        count += 1;
      }
      return count;
    };
    expect(streams()).toBe(STREAMS_BEFORE_SETTINGS);
    await eventually('the connection', () => silent.peers.length === 1);
    silent.peers[0]?.send(settingsFrame());
    await eventually('SETTINGS', () => other.client.acceptsStreams);
    expect(streams()).toBe(STREAMS_PER_CONNECTION - STREAMS_BEFORE_SETTINGS);
    await other.stop();
    silent.stop();
  });

  test('that are handed out and not used give their place back', async () => {
    const answer = caller.open();
    expect(caller.client.openStreams).toBe(1);
    answer.server?.cancel();
    expect(caller.client.openStreams).toBe(0);
  });
});
