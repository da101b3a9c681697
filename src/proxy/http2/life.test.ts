import { afterEach, describe, expect, test } from 'bun:test';
import { eventually, FakeClock } from '../../ports/testing/index.ts';
import { Field } from '../http/field.ts';
import {
  HEAD_TIMEOUT_MS,
  IDLE_BODY_MS,
  IDLE_CLIENT_MS,
  IDLE_POOL_MS,
  LINGER_MS,
  SILENCE_MS,
} from '../limits.ts';
import { requestHead } from '../testing/heard-answer.ts';
import { answerHead, type HeardRequest } from '../testing/heard-request.ts';
import {
  type Conversation,
  GET,
  headers,
  latin1,
  ping,
  type RawPeer,
  type Serving,
  startConversation,
  startServing,
  windowUpdate,
} from './testing/index.ts';
import { FLAG, FRAME, PREFACE, readU31 } from './wire.ts';

let serving: Serving;
let caller: Conversation | undefined;
let clock: FakeClock;

afterEach(async () => {
  await caller?.stop();
  caller = undefined;
  await serving.stop();
});

const answering = (request: HeardRequest): void => {
  if (request.head.path === '/') request.answer(200, 'ok');
};
const later = GET.map(([name, value]) => [name, name === ':path' ? '/later' : value] as const);

function serve(options: { readonly isSidecar?: boolean; readonly endsAtMs?: number } = {}): void {
  clock = new FakeClock();
  serving = startServing(answering, { clock, ...options });
}

/** Moves the clock in steps, so that what is looked at now and then is. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    clock.advance(Math.min(1_000, left));
    await new Promise(setImmediate);
  }
}

/** Asks, so that all before was read. */
async function asked(peer: RawPeer, id: number, lines = GET): Promise<void> {
  peer.send(headers(id, lines));
  if (lines === GET) await peer.answered(id);
  else await eventually('the request', () => serving.requests.at(-1)?.head.path === '/later');
}

describe('a server of HTTP/2 lets go of a client', () => {
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['half a preface', PREFACE.subarray(0, 10)],
    ['a preface without SETTINGS', PREFACE],
  ])('that says %s', async (_, bytes) => {
    serve();
    const peer = await serving.connectBare();
    peer.send(bytes);
    await asked(await serving.connect(), 1); // by now it was read
    clock.advance(HEAD_TIMEOUT_MS + 200);
    expect(await peer.wasEnded()).toBe('PROTOCOL_ERROR');
  });

  test('that begins a frame and does not go on', async () => {
    serve();
    const peer = await serving.connect();
    await asked(peer, 1);
    peer.send(headers(3, GET).subarray(0, 20));
    await asked(await serving.connect(), 1);
    await pass(3 * HEAD_TIMEOUT_MS);
    expect(await peer.wasEnded()).toBe('PROTOCOL_ERROR');
  });

  test('that is idle, and not while it asks now and then', async () => {
    serve();
    const peer = await serving.connect();
    for (const id of [1, 3, 5]) {
      await asked(peer, id);
      await pass(IDLE_CLIENT_MS - 10_000);
    }
    expect(peer.goAwayCode()).toBeUndefined();
    await pass(20_000);
    expect(await peer.wasEnded()).toBe('NO_ERROR');
  });

  test('that does not end a request whose answer it has', async () => {
    serve();
    const peer = await serving.connect();
    peer.send(headers(1, GET, false));
    await peer.until('the answer', () => peer.hasEnded(1));
    await pass(15_000);
    expect(await peer.wasReset(1)).toBe('NO_ERROR');
  });

  test('whose certificate ends, in the middle of a request', async () => {
    clock = new FakeClock();
    serve({ endsAtMs: 60_000 });
    const peer = await serving.connect();
    await asked(peer, 1, later);
    clock.advance(60_100);
    await peer.wasEnded();
    await eventually('the end', () => serving.requests[0]?.gone === true);
  });

  test('that takes nothing of its answer for long', async () => {
    serve();
    const peer = await serving.connect([4, 0x7fff_ffff]);
    await asked(peer, 1, later);
    peer.send(windowUpdate(0, 0x7fff_0000), headers(3, GET));
    await peer.answered(3);
    peer.pause();
    const [request] = serving.requests;
    request?.answer(200, 'x'.repeat(32 * 1024 * 1024));
    await pass(IDLE_BODY_MS + 30_000);
    await eventually('it is gone', () => serving.runtime.census.clients === 0);
  });

  test('that keeps the connection open after its end', async () => {
    serve();
    const peer = await serving.connect();
    expect(await peer.send(latin1('what is this? no frame')).wasEnded()).toBe('FRAME_SIZE_ERROR');
    expect(serving.runtime.census.clients).toBe(1);
    clock.advance(LINGER_MS + 200);
    await eventually('it is gone', () => serving.runtime.census.clients === 0);
  });
});

describe('a sidecar that says nothing while it has streams', () => {
  const pings = (peer: RawPeer) => peer.of(FRAME.PING).filter(({ flags }) => flags === 0);

  test('is asked whether it is there, and is gone if it does not answer', async () => {
    serve({ isSidecar: true });
    const peer = await serving.connect();
    await asked(peer, 1, later);
    await pass(SILENCE_MS + 5_000);
    await peer.until('the question', () => pings(peer).length === 1);
    await pass(2 * SILENCE_MS - 5_000);
    await eventually('the end', () => serving.requests[0]?.gone === true);
  });

  test('is kept if it does', async () => {
    serve({ isSidecar: true });
    const peer = await serving.connect();
    await asked(peer, 1, later);
    for (let round = 1; round <= 5; round++) {
      await pass(SILENCE_MS + 5_000);
      await peer.until('the question', () => pings(peer).length === round);
      peer.send(ping('\0\0\0\0\0\0\0\x01', FLAG.ACK));
      await asked(await serving.connect(), 1);
    }
    expect(serving.requests[0]?.gone).toBe(false);
  });

  test('is not asked so soon without streams, and an application never', async () => {
    serve();
    const peer = await serving.connect();
    await asked(peer, 1, later);
    await pass(10 * SILENCE_MS);
    await asked(peer, 3);
    expect(pings(peer).length).toBe(0);
  });
});

describe('a server that drains', () => {
  const goAways = (peer: RawPeer) =>
    peer.of(FRAME.GOAWAY).map(({ payload }) => readU31(payload, 0));

  test('finishes what is under way and what was on its way, refuses the rest, and closes', async () => {
    serve();
    const peer = await serving.connect();
    await asked(peer, 1, later);
    serving.runtime.connections.drain();
    await peer.until('GOAWAY', () => goAways(peer).length === 1);
    expect(goAways(peer)).toEqual([0x7fff_ffff]);
    await asked(peer, 3);
    const [question] = peer.of(FRAME.PING);
    peer.send(ping(question?.payload.toString('latin1'), FLAG.ACK));
    await peer.until('the last stream', () => goAways(peer).length === 2);
    expect(goAways(peer)).toEqual([0x7fff_ffff, 3]);
    peer.send(headers(5, GET));
    expect(await peer.wasReset(5)).toBe('REFUSED_STREAM');
    serving.requests[0]?.answer(200, 'late');
    expect(await peer.answered(1)).toBe(':status: 200');
    expect(await peer.wasEnded()).toBe('NO_ERROR');
  });

  test('lets a slow client read the end of its last answer', async () => {
    serve();
    const peer = await serving.connect([4, 0x7fff_ffff]);
    await asked(peer, 1, later);
    peer.send(windowUpdate(0, 0x7fff_0000), headers(3, GET));
    await peer.answered(3);
    peer.pause();
    const [request] = serving.requests;
    request?.client.answer(answerHead(200), [], false);
    while (serving.runtime.census.heldBytes === 0) request?.send('x'.repeat(32 * 1024));
    request?.client.trailers([new Field('x-sum', '9')]);
    serving.runtime.connections.drain();
    peer.send(ping('\0\0\0\0\0\0\0\x02', FLAG.ACK)); // it knows
    await eventually('all was said', () => serving.servers[0]?.over === true);
    await pass(10 * LINGER_MS);
    peer.resume();
    await peer.answered(1);
    expect(peer.heads(1)[1]).toEqual(['x-sum: 9']);
  });

  test('closes an idle connection once its client knows', async () => {
    serve();
    const peer = await serving.connect();
    await asked(peer, 1);
    serving.runtime.connections.drain();
    await peer.until('the question', () => peer.of(FRAME.PING).length === 1);
    peer.send(ping(peer.of(FRAME.PING)[0]?.payload.toString('latin1'), FLAG.ACK));
    expect(await peer.wasEnded()).toBe('NO_ERROR');
  });

  test('tells clients that are only to go elsewhere as well, also those that come later', async () => {
    serve();
    const early = await serving.connect();
    await asked(early, 1);
    serving.runtime.connections.retire();
    const late = await serving.connect();
    for (const peer of [early, late]) {
      await peer.until('GOAWAY', () => goAways(peer).length === 1);
      await asked(peer, 3);
      expect(await peer.answered(3)).toBe(':status: 200');
    }
  });

  test('does not wait for ever for a client that does not answer', async () => {
    serve();
    const peer = await serving.connect();
    await asked(peer, 1, later);
    serving.runtime.connections.drain();
    await peer.until('the question', () => peer.of(FRAME.PING).length === 1);
    clock.advance(HEAD_TIMEOUT_MS + 200);
    await peer.until('the last stream', () => goAways(peer).length === 2);
    serving.requests[0]?.answer(200, 'late');
    expect(await peer.answered(1)).toBe(':status: 200');
    expect(await peer.wasEnded()).toBe('NO_ERROR');
  });

  test('and has a client that sends no more answers what it asked for whole', async () => {
    serve();
    const peer = await serving.connect();
    await asked(peer, 1, later);
    peer.send(headers(3, later, false));
    peer.shutdown();
    await eventually('the end', () => serving.requests[1]?.gone === true);
    serving.requests[0]?.answer(200, 'late');
    expect(await peer.answered(1)).toBe(':status: 200');
    expect(await peer.wasEnded()).toBe('NO_ERROR');
  });
});

describe('a client of HTTP/2', () => {
  test('closes a connection that is idle', async () => {
    serve();
    caller = await startConversation(serving.port, clock);
    const answer = caller.open().ask();
    await eventually('the answer', () => answer.ended);
    await pass(IDLE_POOL_MS + 10_000);
    await eventually('it is closed', () => caller?.gone() === true);
  });

  test('that drains opens no stream, and closes when the last one ends', async () => {
    serve();
    caller = await startConversation(serving.port, clock);
    const answer = caller.open(requestHead('GET', '/later')).ask();
    await eventually('the request', () => serving.requests.length === 1);
    caller.client.drain();
    expect(caller.client.acceptsStreams).toBe(false);
    serving.requests[0]?.answer(200, 'late');
    await eventually('the answer', () => answer.ended && caller?.gone() === true);
  });
});
