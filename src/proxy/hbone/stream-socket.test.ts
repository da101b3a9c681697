import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import type { SocketError } from '../../ports/index.ts';
import { eventually } from '../../ports/testing/index.ts';
import {
  data,
  headers,
  type RawPeer,
  type Serving,
  startServing,
  windowUpdate,
} from '../http2/testing/index.ts';
import { STREAM_WINDOW_BYTES } from '../limits.ts';
import type { Party } from '../party.ts';
import { answerHead } from '../testing/heard-request.ts';
import { StreamSocket } from './stream-socket.ts';

/** Keeps what it is told. */
class Heard implements Party {
  text = '';
  hasEnded = false;
  drains = 0;
  closes: (SocketError | undefined)[] = [];

  received(bytes: Buffer): void {
    if (this.hasEnded) throw new Error('bytes after the end');
    this.text += bytes.toString('latin1');
  }
  drained(): void {
    this.drains += 1;
  }
  ended(): void {
    this.hasEnded = true;
  }
  closed(error: SocketError | undefined): void {
    this.closes.push(error);
  }
}

let serving: Serving;
let peer: RawPeer;
let socket: StreamSocket | undefined;
let heard: Heard;
let gone: number;

const CONNECT = [
  [':method', 'CONNECT'],
  [':authority', 'web:80'],
] as const;

beforeEach(async () => {
  heard = new Heard();
  gone = 0;
  serving = startServing(undefined, {
    begin: (_head, client) => {
      const opened = new StreamSocket(serving.runtime, client, '10.0.0.1', () => {
        gone += 1;
      });
      client.answer(answerHead(200), [], false);
      opened.data = heard;
      socket = opened;
      return opened;
    },
  });
  peer = await serving.connect();
  peer.send(headers(1, CONNECT, false));
  await eventually('the socket', () => socket !== undefined);
});

afterEach(async () => {
  peer.drop();
  await serving.stop();
  socket = undefined;
});

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a stream as a socket', () => {
  test('carries bytes both ways, each way ends on its own, and then it is closed', async () => {
    peer.send(data(1, 'ping'));
    await eventually('the bytes', () => heard.text === 'ping');
    expect(socket?.write(bytes('<pong>'), 1, 4)).toBe(4);
    socket?.shutdown();
    await peer.until('the end', () => peer.hasEnded(1));
    expect(peer.content(1).toString()).toBe('pong');
    expect(socket?.write(bytes('more'))).toBe(-1);
    peer.send(data(1, 'still', true));
    await eventually('the close', () => heard.closes.length > 0);
    expect(heard).toMatchObject({ text: 'pingstill', hasEnded: true, closes: [undefined] });
    expect(gone).toBe(1);
  });

  test('tells nothing while it is paused, and what came meanwhile when it is resumed', async () => {
    socket?.pause();
    peer.send(data(1, 'one '), data(1, 'two', true));
    await eventually('it is kept', () => serving.runtime.census.heldBytes === 7);
    expect(heard).toMatchObject({ text: '', hasEnded: false });
    socket?.resume();
    expect(heard.text).toBe(''); // not before the call returns
    await eventually('the end', () => heard.hasEnded);
    expect(heard.text).toBe('one two');
    expect(serving.runtime.census.heldBytes).toBe(0);
  });

  test('keeps no more than the window of its stream', async () => {
    socket?.pause();
    let sent = 0;
    const part = data(1, 'x'.repeat(16_384));
    for (; sent < STREAM_WINDOW_BYTES; sent += 16_384) peer.push(part);
    await eventually('all is kept', () => serving.runtime.census.heldBytes === STREAM_WINDOW_BYTES);
    peer.push(data(1, 'x'));
    expect(await peer.wasReset(1)).toBe('FLOW_CONTROL_ERROR');
    await eventually('the close', () => heard.closes.length === 1);
    expect(serving.runtime.census.heldBytes).toBe(0);
  });

  test('takes no more than waits for its peer, and says when there is room', async () => {
    const part = Buffer.alloc(100_000, 'x');
    let taken = 0;
    for (let more = socket?.write(part) ?? 0; more > 0; more = socket?.write(part) ?? 0) {
      taken += more;
    }
    expect(taken).toBeLessThan(1024 * 1024);
    expect(heard.drains).toBe(0);
    peer.send(windowUpdate(0, taken), windowUpdate(1, taken));
    await eventually('there is room', () => heard.drains === 1);
    expect(socket?.write(part)).toBe(part.length);
  });

  test('is closed with a reset when its stream was reset, and resets it when it is terminated', async () => {
    peer.send(headers(3, CONNECT, false));
    await eventually('the other', () => peer.heads(3).length === 1);
    socket?.terminate();
    expect(heard.closes).toEqual([]); // not before the call returns
    expect(await peer.wasReset(3)).toBe('CONNECT_ERROR');
    await eventually('the close', () => heard.closes.length === 1);
    expect(heard.closes).toEqual([undefined]);
    peer.drop();
    await eventually('the other is closed', () => heard.closes.length === 2);
    expect(heard.closes[1]?.code).toBe('ECONNRESET');
    expect(gone).toBe(2);
  });
});
