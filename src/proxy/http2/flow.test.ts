import { afterEach, describe, expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import {
  CONNECTION_WINDOW_BYTES,
  FRAME_PAYLOAD_BYTES,
  HELD_SLACK,
  HIGH_WATER_BYTES,
  QUEUED_BYTES,
  STREAM_WINDOW_BYTES,
  STREAM_WINDOW_MAX_BYTES,
  WITHHELD_BYTES,
} from '../limits.ts';
import { answerHead, type HeardRequest } from '../testing/heard-request.ts';
import {
  frame,
  GET,
  headers,
  POST,
  type RawPeer,
  type Serving,
  settingsFrame,
  startServing,
  windowUpdate,
} from './testing/index.ts';
import { FLAG, FRAME, readU31, SETTING } from './wire.ts';

let serving: Serving;
afterEach(() => serving.stop());

const WINDOW = SETTING.INITIAL_WINDOW_SIZE;

/** Answers each request with so many bytes. */
const answering = (bytes: number) => (request: HeardRequest) =>
  request.answer(200, 'x'.repeat(bytes));

/** What WINDOW_UPDATE frames for `id` gave so far. */
const credit = (peer: RawPeer, id: number): number =>
  peer.of(FRAME.WINDOW_UPDATE, id).reduce((sum, { payload }) => sum + readU31(payload, 0), 0);

/** Pushes content onto a stream until so many bytes are sent, as the socket takes them. */
async function push(peer: RawPeer, id: number, bytes: number): Promise<void> {
  const size = Math.min(bytes, FRAME_PAYLOAD_BYTES);
  const part = frame(FRAME.DATA, 0, id, Buffer.alloc(size));
  for (let left = bytes; left > 0; left -= size) {
    for (let at = 0; at < part.length; ) {
      at += peer.push(part.subarray(at));
      if (at < part.length) await Bun.sleep(1); // the socket is full
    }
  }
}

describe('content to a peer', () => {
  test('is no more than its window for the stream, which may be 0 (6.9.1)', async () => {
    serving = startServing(answering(10));
    const peer = await serving.connect([WINDOW, 0]);
    peer.send(headers(1, GET));
    await peer.until('the head', () => peer.heads(1).length === 1);
    peer.send(windowUpdate(1, 3));
    await peer.until('a part', () => peer.content(1).length === 3);
    peer.send(windowUpdate(1, 100));
    expect(await peer.answered(1)).toBe(':status: 200');
    expect(peer.of(FRAME.DATA, 1).map(({ payload }) => payload.length)).toEqual([3, 7]);
  });

  test('follows a window that SETTINGS change, even below nothing (6.9.2)', async () => {
    serving = startServing(answering(10));
    const peer = await serving.connect([WINDOW, 4]);
    peer.send(headers(1, GET));
    await peer.until('a part', () => peer.content(1).length === 4);
    peer.send(settingsFrame([WINDOW, 1]), windowUpdate(1, 3), windowUpdate(1, 2));
    await peer.until('more', () => peer.content(1).length === 6);
    peer.send(settingsFrame([WINDOW, 100]));
    expect(await peer.answered(1)).toBe(':status: 200');
  });

  test('is no more than its window for the connection, and streams take turns', async () => {
    serving = startServing(answering(200_000));
    const peer = await serving.connect([WINDOW, 1_000_000]);
    peer.send(headers(1, GET), headers(3, GET), headers(5, GET));
    const total = () => [1, 3, 5].reduce((sum, id) => sum + peer.content(id).length, 0);
    await peer.until('the first window', () => total() === 65_535);
    for (let round = 0; round < 6; round++) {
      const before = total();
      peer.send(windowUpdate(0, 32 * 1024));
      await peer.until('one frame', () => total() === before + 32 * 1024);
    }
    const order = peer.of(FRAME.DATA).map(({ id }) => id);
    expect(new Set(order.slice(-3)).size).toBe(3);
    expect(new Set(order.slice(-6, -3)).size).toBe(3);
    peer.send(windowUpdate(0, 1_000_000));
    for (const id of [1, 3, 5]) await peer.answered(id);
  });

  test('comes in frames no larger than it takes, heads too (4.2)', async () => {
    serving = startServing((request) => {
      request.answer(200, 'x'.repeat(60_000), { 'x-long': 'y'.repeat(40_000) });
    });
    const peer = await serving.connect();
    peer.send(headers(1, GET));
    await peer.answered(1);
    expect(Math.max(...peer.frames.map(({ payload }) => payload.length))).toBe(16_384);
    expect(peer.of(FRAME.CONTINUATION, 1).length).toBe(2);
  });

  test('is asked for again once much of it went out, also of a source that did not hold still at once', async () => {
    serving = startServing();
    const peer = await serving.connect([WINDOW, 0]);
    peer.send(windowUpdate(0, 0x7000_0000), headers(1, GET));
    await eventually('the request', () => serving.requests.length === 1);
    const [request] = serving.requests;
    request?.client.answer(answerHead(200), [], false);
    const part = Buffer.alloc(HIGH_WATER_BYTES);
    expect(request?.client.send(part, 0, part.length, false)).toBe(false);
    peer.send(windowUpdate(1, 10_000));
    await peer.until('a part', () => peer.content(1).length === 10_000);
    expect([request?.client.send(part, 0, 10, false), request?.drained]).toEqual([false, 0]);
    peer.send(windowUpdate(1, HIGH_WATER_BYTES / 2));
    await eventually('it is asked', () => request?.drained === 1);
    expect(request?.client.send(part, 0, 10, false)).toBe(true);
  });

  test('is held for a peer that does not take it only up to a bound, each stream and all together', async () => {
    const maxHeldBytes = 48 * 1024 * 1024;
    serving = startServing(undefined, { maxHeldBytes });
    const peer = await serving.connect([WINDOW, 0]);
    peer.send(...Array.from({ length: 100 }, (_, index) => headers(1 + 2 * index, GET)));
    await eventually('all', () => serving.requests.length === 100);
    const part = Buffer.alloc(1024 * 1024);
    let held = 0;
    for (const request of serving.requests) {
      request.client.answer(answerHead(200), [], false);
      const room = request.client.send(part, 0, 1_000, false);
      expect(room).toBe(held <= QUEUED_BYTES);
      request.client.send(part, 0, part.length, false);
      held += part.length + 1_000;
    }
    await peer.wasReset(199);
    expect(serving.runtime.census.heldBytes).toBeLessThanOrEqual(
      HELD_SLACK * maxHeldBytes + 100_000,
    );
    const resets = serving.requests.filter(({ gone }) => gone);
    expect(peer.of(FRAME.RST_STREAM).length).toBe(resets.length);
    expect(peer.resetCode(1)).toBeUndefined();
  });
});

describe('content from a peer', () => {
  test('that overflows the window of its stream resets it (6.9.1)', async () => {
    serving = startServing((request) => request.client.hold());
    const peer = await serving.connect();
    peer.send(headers(1, POST, false));
    await push(peer, 1, STREAM_WINDOW_BYTES);
    peer.send(frame(FRAME.DATA, 0, 1, Buffer.alloc(1)));
    expect(await peer.wasReset(1)).toBe('FLOW_CONTROL_ERROR');
    const [request] = serving.requests;
    expect([request?.content.length, request?.gone]).toEqual([STREAM_WINDOW_BYTES, true]);
  });

  test('counts with its padding, which is credited', async () => {
    serving = startServing();
    const peer = await serving.connect();
    peer.send(headers(1, POST, false));
    const padded = frame(FRAME.DATA, FLAG.PADDED, 1, Buffer.alloc(256, 255));
    for (let sent = 0; sent < STREAM_WINDOW_BYTES / 2; sent += 256) peer.send(padded);
    await peer.until('credit', () => credit(peer, 1) >= STREAM_WINDOW_BYTES / 2);
  });

  test('is credited as it is taken: not while the reader stands still, and then at once', async () => {
    serving = startServing((request) => request.client.hold());
    const peer = await serving.connect();
    peer.send(headers(1, POST, false));
    await push(peer, 1, STREAM_WINDOW_BYTES);
    const content = () => serving.requests[0]?.content.length;
    await eventually('all of it', () => content() === STREAM_WINDOW_BYTES);
    const [request] = serving.requests;
    expect(credit(peer, 1)).toBe(0);
    request?.client.release();
    await peer.until('credit', () => credit(peer, 1) === STREAM_WINDOW_BYTES);
  });

  test('has a window that grows while its reader keeps up, to a bound', async () => {
    serving = startServing();
    const peer = await serving.connect();
    peer.send(headers(1, POST, false));
    let sent = 0;
    for (let round = 0; round < 40; round++) {
      await push(peer, 1, STREAM_WINDOW_BYTES / 2);
      sent += STREAM_WINDOW_BYTES / 2;
      if (STREAM_WINDOW_BYTES + credit(peer, 1) - sent < STREAM_WINDOW_BYTES) {
        await eventually('it is read', () => serving.requests[0]?.content.length === sent);
      }
    }
    await push(peer, 1, 4 * STREAM_WINDOW_MAX_BYTES);
    sent += 4 * STREAM_WINDOW_MAX_BYTES;
    await eventually('it is read', () => serving.requests[0]?.content.length === sent);
    const window = () => STREAM_WINDOW_BYTES + credit(peer, 1) - sent;
    await peer.until('a large window', () => window() > STREAM_WINDOW_MAX_BYTES / 2);
    expect(window()).toBeLessThanOrEqual(STREAM_WINDOW_MAX_BYTES);
  });

  test('is credited for the connection on receipt, until readers standing still hold too much', async () => {
    serving = startServing((request) => request.client.hold());
    const peer = await serving.connect();
    const opened = CONNECTION_WINDOW_BYTES - 65_535;
    const streams = (WITHHELD_BYTES + CONNECTION_WINDOW_BYTES) / STREAM_WINDOW_BYTES;
    for (let index = 0; index < streams; index++) {
      peer.send(headers(1 + 2 * index, POST, false));
      await push(peer, 1 + 2 * index, STREAM_WINDOW_BYTES);
    }
    const received = () => serving.requests.reduce((sum, { content }) => sum + content.length, 0);
    await eventually('all', () => received() === streams * STREAM_WINDOW_BYTES);
    expect(credit(peer, 0) - opened).toBe(WITHHELD_BYTES);
    for (const request of serving.requests) request.client.release();
    await peer.until('credit', () => credit(peer, 0) - opened > WITHHELD_BYTES);
  });

  test('that overflows the window of the connection ends it (6.9.1)', async () => {
    serving = startServing((request) => request.client.hold());
    const peer = await serving.connect();
    const streams = (WITHHELD_BYTES + CONNECTION_WINDOW_BYTES) / STREAM_WINDOW_BYTES;
    for (let index = 0; index <= streams && !peer.closed; index++) {
      peer.send(headers(1 + 2 * index, POST, false));
      await push(peer, 1 + 2 * index, STREAM_WINDOW_BYTES);
    }
    expect(await peer.wasEnded()).toBe('FLOW_CONTROL_ERROR');
  });
});
