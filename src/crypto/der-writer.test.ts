import { expect, test } from 'bun:test';
import { DerReader, TAG } from './der.ts';
import { writeDer } from './der-writer.ts';

test('what is written in DER is read as it was, whatever its length', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const content = new Uint8Array(length).fill(7);
    const read = new DerReader(writeDer(TAG.sequence, writeDer(TAG.octetString, content)));
    const inner = read.inside(TAG.sequence);
    expect(inner.value(TAG.octetString).content).toEqual(content);
    expect(inner.atEnd && read.atEnd).toBe(true);
  }
});
