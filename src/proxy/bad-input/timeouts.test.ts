import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import { HEAD_TIMEOUT_MS } from '../limits.ts';
import {
  type AppConnection,
  okAnswer,
  type Pair,
  type RawClient,
  startApplication,
  startPair,
} from '../testing/index.ts';

const LIMIT_MS = 5_000;
/** Deadlines are so much late at most. */
const TICK_MS = 200;

let clock: FakeClock;
let pair: Pair;
/** The connection on which the application says nothing; all that it received. */
let silent: AppConnection | undefined;

async function serve(requestTimeoutMs: number): Promise<void> {
  clock = new FakeClock(Date.now());
  silent = undefined;
  const application = startApplication({
    received: (connection) => {
      if (connection.text.includes('/slow')) silent = connection;
      else connection.write(okAnswer('well'));
    },
  });
  pair = await startPair(application, { clock, service: { requestTimeoutMs } });
}

/** Lets so much time pass on a tunnel that carries other requests. */
async function pass(spanMs: number, other: RawClient): Promise<void> {
  for (let passedMs = 0; passedMs < spanMs; passedMs += LIMIT_MS) {
    clock.advance(Math.min(LIMIT_MS, spanMs - passedMs));
    other.text = '';
    await other.send('GET / HTTP/1.1\r\nHost: web\r\n\r\n').reads('well');
  }
}

afterEach(async () => {
  await pair.stop();
});

describe('the time that a service allows for an answer', () => {
  test('is kept by the caller alone, also where the application is connected to for the request', async () => {
    await serve(3 * HEAD_TIMEOUT_MS);
    const client = await pair.connect();
    client.send('GET /slow HTTP/1.1\r\nHost: web\r\n\r\n');
    await eventually('it arrives', () => silent !== undefined);
    await pass(2 * HEAD_TIMEOUT_MS, await pair.connect());
    silent?.write(okAnswer('late'));
    expect(await client.reads('late')).toContain('200 OK');
  });

  test.each([
    ['in one piece', 'Content-Length: 10\r\n\r\nhelloworld', ''],
    ['in two', 'Content-Length: 10\r\n\r\nhello', 'world'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n', '5\r\nworld\r\n0\r\n\r\n'],
    [
      'in chunks with trailers',
      'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      '5\r\nworld\r\n0\r\nx: 1\r\n\r\n',
    ],
  ])('begins when the request has ended: %s', async (_, beginning, end) => {
    await serve(LIMIT_MS);
    const client = await pair.connect();
    client.send(`POST /slow HTTP/1.1\r\nHost: web\r\n${beginning}`);
    await eventually('it arrives', () => silent?.text.includes('hello') === true);
    if (end !== '') {
      clock.advance(LIMIT_MS + TICK_MS); // a slow client is no silent server
      client.send(end);
      await eventually('its end', () => silent?.text.includes('world') === true);
    }
    clock.advance(LIMIT_MS - TICK_MS);
    expect(client.text).toBe('');
    clock.advance(2 * TICK_MS);
    expect(await client.reads('request-timeout')).toStartWith('HTTP/1.1 504 ');
  });
});
