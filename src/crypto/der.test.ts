import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { DerReader, readBits, TAG } from './der.ts';

const reader = (...bytes: number[]) => new DerReader(new Uint8Array(bytes));

describe('a DER reader', () => {
  test('walks nested values', () => {
    const inner = reader(0x30, 6, 0x02, 1, 5, 0x04, 1, 9).inside(TAG.sequence);
    expect([...inner.value(TAG.integer).content]).toEqual([5]);
    expect(inner.optional(TAG.oid)).toBeUndefined();
    expect([...inner.value(TAG.octetString).content]).toEqual([9]);
    expect(inner.atEnd).toBe(true);
  });

  const refused: readonly (readonly [string, number[]])[] = [
    ['an indefinite length', [0x30, 0x80, 0, 0]],
    ['a long length that fits in the short form', [0x04, 0x81, 1, 0]],
    ['a length with a leading zero octet', [0x04, 0x82, 0, 0x80, ...Array(128).fill(0)]],
    ['a length of more octets than are read', [0x04, 0x84, 0, 0, 0, 1, 0]],
    ['a value longer than its holder', [0x04, 3, 1, 2]],
    ['a tag of several octets', [0x1f, 0x81, 1, 0]],
    ['an end in the middle of the length', [0x04, 0x82, 1]],
    ['nothing', []],
  ];
  test.each(refused)('refuses %s', (_, bytes) => {
    expect(() => reader(...bytes).any()).toThrow();
  });

  test('refuses another tag and what follows the last value', () => {
    expect(() => reader(0x02, 1, 0).value(TAG.oid)).toThrow('expected tag 6, found 2');
    expect(() => reader(0x02, 1, 0).end()).toThrow('something stands after the last value');
  });

  test('reads bits first to last, without the unused ones', () => {
    expect(readBits(reader(0x03, 2, 5, 0b101_00000).any())).toEqual([true, false, true]);
    expect(() => readBits(reader(0x03, 1, 8).any())).toThrow('no DER bit string');
    expect(() => readBits(reader(0x03, 2, 1, 0b101).any())).toThrow('no DER bit string');
  });

  test('either refuses bytes or accounts for all of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          const values = [...new DerReader(bytes).rest()];
          expect(Buffer.concat(values.map(({ whole }) => whole))).toEqual(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ name: 'DerError' });
        }
      }),
      { seed: 41 },
    );
  });
});
