import { expect, test } from 'bun:test';
import { bunSockets } from '../platform/index.ts';
import { eventually, recordingLog } from '../ports/testing/index.ts';
import { Census } from './census.ts';
import { GatheredOutflow } from './gathered-outflow.ts';
import { HIGH_WATER_BYTES } from './limits.ts';
import type { PartySocket } from './party.ts';
import { Turn } from './turn.ts';

/** A connection that notes each write; it takes `room` bytes in all. */
function connection(room = Number.POSITIVE_INFINITY) {
  const writes: string[] = [];
  let left = room;
  const socket = {
    write: (bytes: Uint8Array, from = 0, length = bytes.length) => {
      const taken = Math.min(left, length);
      left -= taken;
      if (taken > 0) writes.push(Buffer.from(bytes).toString('latin1', from, from + taken));
      return taken;
    },
    shutdown: () => void writes.push('end'),
  };
  const census = new Census();
  const partySocket = socket as unknown as PartySocket; // it has what an outflow uses
  const out = new GatheredOutflow(partySocket, census, new Turn(bunSockets, recordingLog()));
  const more = (bytes: number): void => {
    left += bytes;
  };
  return { writes, census, out, more };
}

const part = Buffer.from('-content-');

test('what is said in one turn goes out in one write, when the turn is over', async () => {
  const { writes, out } = connection();
  out.text('head ');
  expect(out.send(part, 1, 8)).toBe(true);
  out.text(' tail\u00e9');
  expect(writes).toEqual([]);
  await eventually('it is written', () => writes.length > 0);
  out.text('later');
  await eventually('it is written', () => writes.length > 1);
  expect(writes).toEqual(['head content tail\u00e9', 'later']);
});

test('what is large is not gathered, but goes out in order', () => {
  const { writes, out } = connection();
  const large = Buffer.alloc(100_000, 'x');
  out.text('head');
  out.send(large, 0, large.length);
  out.text('y'.repeat(50_000));
  out.text('tail');
  out.finish();
  expect(writes.map((text) => text.length)).toEqual([4, 100_000, 50_000, 4, 3]);
  expect(writes.join('')).toEndWith('ytailend');
});

test('many small parts go out in few writes', () => {
  const { writes, out } = connection();
  for (let count = 0; count < 10_000; count++) out.send(part, 1, 8);
  out.flush();
  expect(writes.length).toBeLessThan(8);
  expect(writes.join('')).toBe('content'.repeat(10_000));
});

test('what is not taken is held and counted, until there is room or the connection is gone', () => {
  const { writes, census, out, more } = connection(10);
  const large = Buffer.alloc(HIGH_WATER_BYTES, 'x');
  expect(out.send(large, 0, large.length)).toBe(true);
  expect(out.send(large, 0, 100)).toBe(true); // gathered
  out.flush();
  expect(out.full).toBe(true);
  expect(census.heldBytes).toBe(HIGH_WATER_BYTES + 90);
  more(1_000);
  expect(out.drained()).toBe(false);
  more(HIGH_WATER_BYTES);
  expect(out.drained()).toBe(true);
  expect(writes.join('').length).toBe(HIGH_WATER_BYTES + 100);
  expect(census.heldBytes).toBe(0);
});

test('a connection that is gone writes nothing, and holds nothing', async () => {
  const { writes, census, out } = connection(0);
  const { writes: later, out: other } = connection();
  out.send(Buffer.alloc(100_000), 0, 100_000);
  out.text('gathered');
  out.discard();
  other.text('later');
  await eventually('the turn is over', () => later.length === 1);
  expect(writes).toEqual([]);
  expect(census.heldBytes).toBe(0);
});
