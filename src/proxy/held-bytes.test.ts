import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { HeldBytes } from './held-bytes.ts';

const all = (held: HeldBytes): Buffer => {
  const parts: Buffer[] = [];
  for (let first = held.first; first !== undefined; first = held.first) {
    parts.push(Buffer.from(first.bytes.subarray(first.from, first.to)));
    held.take(first.to - first.from);
  }
  return Buffer.concat(parts);
};

test('bytes leave as they came, whatever the parts are that they come and go in', () => {
  const step = fc.record({
    size: fc.nat(200_000),
    takes: fc.array(fc.nat(70_000), { maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const held = new HeldBytes();
      let next = 0;
      let read = 0;
      for (const { size, takes } of steps) {
        const bytes = Buffer.from(Uint8Array.from({ length: size + 7 }, () => next++ % 251));
        next -= 7; // those around the part that is held
        held.append(bytes, 0, size);
        for (const wanted of takes) {
          const { first } = held;
          if (first === undefined) break;
          const count = Math.min(wanted, first.to - first.from);
          for (let at = 0; at < count; at++) {
            if (first.bytes[first.from + at] !== read % 251) throw new Error(`byte ${read}`);
            read += 1;
          }
          held.take(count);
        }
      }
      expect(held.size).toBe(next - read);
      const rest = all(held);
      expect(rest.length).toBe(next - read);
      expect(rest.every((byte, at) => byte === (read + at) % 251)).toBe(true);
      expect(held.size).toBe(0);
    }),
    { seed: 4, numRuns: 60 },
  );
});

test('few bytes take little memory, and none when they are gone', () => {
  const held = new HeldBytes();
  held.append(Buffer.from('a few'), 0, 5);
  expect(held.first?.bytes.length).toBeLessThanOrEqual(512);
  held.take(5);
  expect(held.first).toBeUndefined();
  held.append(Buffer.alloc(100_000), 0, 100_000);
  held.clear();
  expect(held.first).toBeUndefined();
  expect(held.size).toBe(0);
});
