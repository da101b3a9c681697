import { expect, test } from 'bun:test';
import { encode } from 'dns-packet';
import fc from 'fast-check';
import { encodeRefusal } from './answer.ts';
import { QUESTION_BYTES } from './limits.ts';
import { RCODE, readQuestion } from './question.ts';
import { query } from './testing/index.ts';

const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
  const copy = new Uint8Array(bytes);
  copy[at] = value;
  return copy;
};

test('a question is read with its name in lower case, and its bytes as they came', () => {
  const bytes = query('Catalog.Shop.Mesh', 'SRV', { ednsBytes: 1_232 });
  const read = readQuestion(bytes);
  if (!read.ok) throw new Error('it is a question');
  const { labels, type, class: class_, edns, asked } = read.value;
  expect(labels).toEqual(['catalog', 'shop', 'mesh']);
  expect({ type, class_, edns }).toEqual({
    type: 'SRV',
    class_: 'IN',
    edns: { version: 0, payloadBytes: 1_232 },
  });
  expect(Buffer.from(asked).toString('latin1')).toContain('Catalog');
});

test('an answer is never answered, nor what is too short or too long for a question', () => {
  const good = query('a.mesh');
  expect(readQuestion(changed(good, 2, 0x80))).toEqual({ ok: false, error: 'silent' });
  expect(readQuestion(good.subarray(0, 11))).toEqual({ ok: false, error: 'silent' });
  const long = new Uint8Array(QUESTION_BYTES + 1);
  long.set(good);
  expect(readQuestion(long)).toEqual({ ok: false, error: 'silent' });
});

test('what is no single plain question is answered with what is wrong', () => {
  const good = query('a.mesh');
  const wrong = (bytes: Uint8Array) => {
    const read = readQuestion(bytes);
    return read.ok ? 'a question' : read.error;
  };
  expect(wrong(changed(good, 2, 0x28))).toEqual({ rcode: RCODE.notImplemented });
  for (const bytes of [
    changed(good, 5, 2), // two questions announced
    changed(good, 7, 1), // an answer announced
    changed(good, 4, 0xff), // thousands announced
    changed(good, 12, 0xc0), // a name that points to nothing before it
    changed(good, 12, 64), // a label of no length that there is
    good.subarray(0, good.length - 1),
  ]) {
    expect(wrong(bytes)).toEqual({ rcode: RCODE.formatError });
  }
  expect([...encodeRefusal(good, RCODE.formatError).subarray(0, 4)]).toEqual([0, 7, 0x80, 1]);
});

test('two questions in one message are none, however well they are written', () => {
  const questions = ['a.mesh', 'b.mesh'].map((name) => ({ name, type: 'A' as const }));
  const read = readQuestion(encode({ type: 'query', id: 7, questions }));
  expect(read).toEqual({ ok: false, error: { rcode: RCODE.formatError } });
});

test('no bytes whatever make the reader throw', () => {
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc
      .tuple(fc.nat(40), fc.nat(255), fc.nat(40))
      .map(([at, value, cut]) =>
        changed(query('a.b.mesh', 'A', { ednsBytes: 900 }), at, value).subarray(0, 60 - cut),
      ),
  );
  fc.assert(
    fc.property(broken, (bytes) => {
      readQuestion(bytes);
    }),
    { seed: 5, numRuns: 2_000 },
  );
});
