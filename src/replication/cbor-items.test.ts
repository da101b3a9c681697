import { expect, test } from 'bun:test';
import * as dagCbor from '@ipld/dag-cbor';
import fc from 'fast-check';
import { hasAtMostItems } from './cbor-items.ts';

/** Counted by the data itself: each value, each key, and each list or map around them. */
function itemsIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum, part) => sum + itemsIn(part), 1);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1;
  return Object.values(value).reduce((sum: number, part) => sum + 1 + itemsIn(part), 1);
}

const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 30 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 8, noNullPrototype: true }),
  ),
})).value;

test('the items of any plain data are counted, with lengths of every size', () => {
  const check = (value: unknown) => {
    const bytes = dagCbor.encode(value);
    const items = itemsIn(value);
    expect(hasAtMostItems(bytes, items)).toBe(true);
    expect(hasAtMostItems(bytes, items - 1)).toBe(false);
  };
  fc.assert(fc.property(plain, check), { seed: 7, numRuns: 500 });
  for (const length of [23, 24, 255, 256, 65_535, 65_536]) {
    check(['x'.repeat(length), new Uint8Array(length), Array.from({ length }, () => length)]);
  }
});

test('bytes of any kind are counted to an end, and no length takes the count past it', () => {
  const counts = (bytes: Uint8Array) => expect(hasAtMostItems(bytes, bytes.length)).toBe(true);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), counts), { seed: 7, numRuns: 2_000 });
  counts(Uint8Array.of(0x5b, 255, 255, 255, 255, 255, 255, 255, 255)); // a string of 2^64 bytes
});
