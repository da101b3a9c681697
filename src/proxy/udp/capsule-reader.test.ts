import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { DATAGRAM_BYTES } from '../limits.ts';
import { capsuleBytes, writeCapsule } from './capsule.ts';
import { CapsuleReader } from './capsule-reader.ts';

/** A capsule as a stranger may write it. */
const capsule = (type: Buffer, content: Buffer, length = integer(content.length)): Buffer =>
  Buffer.concat([type, length, content]);

/** RFC 9000 section 16, in `size` bytes. */
function integer(value: number, size: 1 | 2 | 4 | 8 = value < 64 ? 1 : value < 16_384 ? 2 : 4) {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, Math.max(0, size - 6), Math.min(6, size));
  bytes[0] = (bytes[0] ?? 0) | (Math.log2(size) << 6);
  return bytes;
}

const DATAGRAM = integer(0);
const UDP = integer(0);

function written(text: string): Buffer {
  const end = writeCapsule(Buffer.from(text));
  return Buffer.from(capsuleBytes().subarray(0, end));
}

/** Reads `stream` cut at `cuts`: what came, or undefined when it is refused. */
function read(stream: Buffer, cuts: readonly number[] = []): string[] | undefined {
  const heard: string[] = [];
  const reader = new CapsuleReader({
    datagram: (bytes, from, to) => void heard.push(bytes.toString('latin1', from, to)),
  });
  const ends = [...cuts, stream.length].map((cut) => Math.min(cut, stream.length)).sort(byValue);
  let from = 0;
  for (const to of ends) {
    const padded = Buffer.concat([Buffer.from('<'), stream.subarray(from, to), Buffer.from('>')]);
    if (!reader.read(padded, 1, padded.length - 1)) return undefined;
    from = to;
  }
  return reader.isWhole ? heard : undefined;
}

const byValue = (a: number, b: number): number => a - b;

test('what is written is read, wherever it is cut', () => {
  const texts = fc.array(fc.string({ maxLength: 100, unit: 'binary-ascii' }), { maxLength: 8 });
  const cuts = fc.array(fc.nat({ max: 900 }), { maxLength: 12 });
  fc.assert(
    fc.property(texts, cuts, (sent, at) => {
      expect(read(Buffer.concat(sent.map(written)), at)).toEqual(sent);
    }),
    { seed: 9_297, numRuns: 500 },
  );
});

test('the largest datagram is read in one piece and in many', () => {
  const text = 'x'.repeat(DATAGRAM_BYTES);
  expect(read(written(text))).toEqual([text]);
  expect(
    read(
      written(text),
      Array.from({ length: 5_000 }, (_, n) => 13 * n),
    ),
  ).toEqual([text]);
});

test('other capsules and other contexts are skipped', () => {
  const stream = Buffer.concat([
    capsule(integer(0x2a), Buffer.from('whatever')),
    capsule(integer(0x17, 8), Buffer.alloc(0)),
    capsule(DATAGRAM, Buffer.concat([integer(2), Buffer.from('compressed')])),
    capsule(integer(0, 8), Buffer.concat([integer(0, 4), Buffer.from('long integers')])),
    written('ours'),
  ]);
  for (let cut = 0; cut < stream.length; cut += 1) {
    expect(read(stream, [cut])).toEqual(['long integers', 'ours']);
  }
});

test('a datagram without a context, or with one that is larger than it, is refused', () => {
  expect(read(capsule(DATAGRAM, UDP, integer(0)))).toBeUndefined();
  expect(read(capsule(DATAGRAM, integer(0, 8), integer(7)))).toBeUndefined();
});

test('a capsule that is too large is refused before its content has come', () => {
  for (const type of [0, 0x2a]) {
    for (const length of [integer(DATAGRAM_BYTES + 9), integer(2 ** 40, 8), ALL_ONES]) {
      expect(read(Buffer.concat([integer(type), length]))).toBeUndefined();
    }
  }
});

const ALL_ONES = Buffer.alloc(8, 0xff);

test('a stream that ends within a capsule is refused', () => {
  const whole = Buffer.concat([written('first'), written('second')]);
  for (let end = 0; end < whole.length; end += 1) {
    const isBetween = end === 0 || end === written('first').length;
    expect(read(whole.subarray(0, end)) === undefined).toBe(!isBetween);
  }
});

test('whatever comes, nothing is thrown, and all that is heard was there', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 300 }), (bytes, cut) => {
      const stream = Buffer.from(bytes);
      expect(read(stream, [cut])).toEqual(read(stream));
      for (const text of read(stream) ?? []) expect(stream.includes(text, 0, 'latin1')).toBe(true);
    }),
    { seed: 9_298, numRuns: 5_000 },
  );
});
