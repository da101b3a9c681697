import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { HpackDecoder, HpackEncoder } from './index.ts';
import { conversation, fieldsOf, type Pair, pairsOf, read, written } from './testing/index.ts';

const SEED = 20_261_120;

test('what is written is read again, whatever the size of the table becomes', () => {
  const check = fc.property(conversation, (steps) => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    for (const step of steps) {
      if (typeof step === 'number') {
        encoder.limitTable(step);
        continue;
      }
      const { outcome, fields } = read(decoder, written(encoder, fieldsOf(step)));
      expect(outcome).toBe('ok');
      expect(pairsOf(fields)).toEqual(step);
    }
  });
  fc.assert(check, { seed: SEED, numRuns: 300 });
});

test('a value of every length is read as it was written', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  for (let length = 0; length < 1000; length++) {
    const pairs: readonly Pair[] = [['etag', 'v'.repeat(length)]];
    expect(pairsOf(read(decoder, written(encoder, fieldsOf(pairs))).fields)).toEqual(pairs);
  }
});

test('fields that were read are written on as they are, secrets as secrets', () => {
  const check = fc.property(conversation, (steps) => {
    const first = { encoder: new HpackEncoder(), decoder: new HpackDecoder() };
    const second = { encoder: new HpackEncoder(), decoder: new HpackDecoder() };
    for (const step of steps) {
      if (typeof step === 'number') {
        second.encoder.limitTable(step);
        continue;
      }
      const passed = read(first.decoder, written(first.encoder, fieldsOf(step))).fields;
      const { fields } = read(second.decoder, written(second.encoder, passed));
      expect(pairsOf(fields)).toEqual(step);
      expect(fields.map(({ secret }) => secret)).toEqual(passed.map(({ secret }) => secret));
    }
  });
  fc.assert(check, { seed: SEED, numRuns: 300 });
});
