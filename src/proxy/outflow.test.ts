import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { Census } from './census.ts';
import { HIGH_WATER_BYTES } from './limits.ts';
import { Outflow } from './outflow.ts';
import type { PartySocket } from './party.ts';

/** A socket that takes as many bytes as it has room for. */
function narrowSocket() {
  const state = { room: 0, written: '', shutdowns: 0 };
  const socket = {
    write: (bytes: Uint8Array, from = 0, length = bytes.length - from) => {
      const taken = Math.min(state.room, length);
      state.room -= taken;
      state.written += Buffer.from(bytes.subarray(from, from + taken)).toString('latin1');
      return taken;
    },
    shutdown: () => {
      state.shutdowns += 1;
    },
  };
  return { state, socket: socket as unknown as PartySocket }; // Outflow uses these two only
}

describe('what goes out', () => {
  test('is held where the socket does not take it, and the census knows', () => {
    const { state, socket } = narrowSocket();
    const census = new Census();
    const outflow = new Outflow(socket, census);
    state.room = 3;
    expect(outflow.send(Buffer.from('hello'))).toBe(true);
    expect([state.written, census.heldBytes]).toEqual(['hel', 2]);
    state.room = 10;
    expect(outflow.flush()).toBe(true);
    expect([state.written, census.heldBytes]).toEqual(['hello', 0]);
  });

  test('asks its source to pause at the high-water mark', () => {
    const { socket } = narrowSocket();
    const outflow = new Outflow(socket, new Census());
    expect(outflow.send(Buffer.alloc(HIGH_WATER_BYTES - 1))).toBe(true);
    expect(outflow.send(Buffer.alloc(1))).toBe(false);
    expect(outflow.full).toBe(true);
  });

  test('is closed after all was written, not before', () => {
    const { state, socket } = narrowSocket();
    const outflow = new Outflow(socket, new Census());
    outflow.send(Buffer.from('bye'));
    outflow.finish();
    expect([state.shutdowns, outflow.finished]).toEqual([0, false]);
    state.room = 3;
    outflow.flush();
    expect([state.shutdowns, outflow.finished]).toEqual([1, true]);
  });

  test('arrives in order and unchanged, however little is taken at a time', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string({ maxLength: 20 }), fc.nat(30)), { maxLength: 40 }),
        (steps) => {
          const { state, socket } = narrowSocket();
          const census = new Census();
          const outflow = new Outflow(socket, census);
          let sent = '';
          for (const step of steps) {
            if (typeof step === 'string') {
              const bytes = Buffer.from(step, 'latin1');
              sent += bytes.toString('latin1');
              outflow.send(bytes);
              bytes.fill(0); // as the runtime reuses its buffer
            } else {
              state.room = step;
              outflow.flush();
            }
          }
          expect(state.written.length + census.heldBytes).toBe(sent.length);
          state.room = Number.POSITIVE_INFINITY;
          outflow.flush();
          expect(state.written).toBe(sent);
        },
      ),
      { seed: 17 },
    );
  });
});
