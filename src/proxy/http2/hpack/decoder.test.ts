import { expect, test } from 'bun:test';
import { HpackDecoder } from './index.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

/** The fields of a block given in hexadecimal, which must be read without fault. */
function fieldsOf(decoder: HpackDecoder, hex: string): Pairs {
  const block = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
  const pairs: [string, string][] = [];
  const outcome = decoder.decode(block, 0, block.length, {
    field: ({ name, value }) => pairs.push([name, value]),
  });
  expect(outcome).toBe('ok');
  return pairs;
}

test('RFC 7541 C.2.1: a literal field that enters the table', () => {
  const decoder = new HpackDecoder();
  const hex = '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572';
  expect(fieldsOf(decoder, hex)).toEqual([['custom-key', 'custom-header']]);
  expect(fieldsOf(decoder, 'be')).toEqual([['custom-key', 'custom-header']]);
});
