import { expect, test } from 'bun:test';
import {
  CONNECTION_WINDOW_BYTES,
  STREAM_WINDOW_BYTES,
  WINDOW_GROWTH_BYTES,
  WITHHELD_BYTES,
} from '../limits.ts';
import { startRuntime } from '../testing/runtime.ts';
import { FrameOutput } from './frame-output.ts';
import { Receipts } from './receipts.ts';
import { FakeSocket } from './testing/fake-socket.ts';
import { readU31 } from './wire.ts';

/** What a connection's receipts say to the peer: increments of its window. */
function start(): { receipts: Receipts; credits: () => number[] } {
  const { census, turn } = startRuntime();
  const socket = new FakeSocket();
  const owner = { flush: () => undefined, abandon: () => undefined };
  const output = new FrameOutput(socket.asSocket, census, turn, owner);
  const credits = (): number[] => {
    output.write();
    const bytes = Buffer.concat(socket.written);
    return Array.from({ length: bytes.length / 13 }, (_, at) => readU31(bytes, 13 * at + 9));
  };
  return { receipts: new Receipts(output), credits };
}

test('a connection is credited when half its window was taken, and not before', () => {
  const { receipts, credits } = start();
  const half = CONNECTION_WINDOW_BYTES / 2;
  expect(receipts.take(half - 1)).toBe(true);
  expect(credits()).toEqual([]);
  receipts.take(1);
  expect(credits()).toEqual([half]);
});

test('what readers standing still hold is credited only up to a bound, and again below it', () => {
  const { receipts, credits } = start();
  receipts.withheld(WITHHELD_BYTES + 1);
  expect(receipts.take(CONNECTION_WINDOW_BYTES)).toBe(true);
  expect(credits()).toEqual([]);
  expect(receipts.take(1)).toBe(false);
  receipts.withheld(-1);
  expect(credits()).toEqual([CONNECTION_WINDOW_BYTES + 1]);
});

test('the windows of streams grow together up to a bound, and one that is gone makes room', () => {
  const { receipts } = start();
  let grown = 0;
  while (receipts.grow(STREAM_WINDOW_BYTES)) grown += STREAM_WINDOW_BYTES;
  expect(grown).toBe(WINDOW_GROWTH_BYTES);
  receipts.shrink(STREAM_WINDOW_BYTES);
  expect([receipts.grow(STREAM_WINDOW_BYTES), receipts.grow(1)]).toEqual([true, false]);
});
