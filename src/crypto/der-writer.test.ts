import { expect, test } from 'bun:test';
import { DerReader, readBits, TAG } from './der.ts';
import { namedBits, writeDer } from './der-writer.ts';

test('what is written in DER is read as it was, whatever its length', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const content = new Uint8Array(length).fill(7);
    const read = new DerReader(writeDer(TAG.sequence, writeDer(TAG.octetString, content)));
    const inner = read.inside(TAG.sequence);
    expect(inner.value(TAG.octetString).content).toEqual(content);
    expect(inner.atEnd && read.atEnd).toBe(true);
  }
});

test('named bits end with the last that is set', () => {
  for (const bits of [[0], [5, 6], [0, 5, 6], [7]]) {
    const read = readBits(new DerReader(namedBits(...bits)).value(TAG.bitString));
    expect(read.flatMap((isSet, bit) => (isSet ? [bit] : []))).toEqual(bits);
    expect(read).toHaveLength(Math.max(...bits) + 1);
  }
});
