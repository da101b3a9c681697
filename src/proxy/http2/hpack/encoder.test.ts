import { expect, test } from 'bun:test';
import { Field } from '../../http/field.ts';
import { BLOCK_START_BYTES, HpackDecoder, HpackEncoder } from './index.ts';
import { fieldsOf, type Pair, pairsOf, read, written } from './testing/index.ts';

const hexOf = (encoder: HpackEncoder, ...pairs: Pair[]): string =>
  written(encoder, fieldsOf(pairs)).toString('hex');

test('a field of the static table is its index, whoever made the object', () => {
  expect(hexOf(new HpackEncoder(), [':method', 'GET'], [':status', '404'])).toBe('828d');
});

test('a value enters the table when it comes the second time, and is an index from then on', () => {
  const encoder = new HpackEncoder();
  // `user-agent` is 58 in the static table: 15 and 43 more.
  expect(hexOf(encoder, ['user-agent', 'a'])).toBe('0f2b0161');
  expect(hexOf(encoder, ['user-agent', 'a'])).toBe('7a0161');
  expect(hexOf(encoder, ['user-agent', 'a'])).toBe('be');
});

test('a name that is in no table enters it at once, and its next values are written after its index', () => {
  const encoder = new HpackEncoder();
  expect(hexOf(encoder, ['x', '1'])).toBe('4001780131');
  expect(hexOf(encoder, ['x', '2'])).toBe('0f2f0132');
  expect(hexOf(encoder, ['x', '1'])).toBe('be');
});

test('values that pass leave the table alone', () => {
  const encoder = new HpackEncoder();
  expect(hexOf(encoder, ['x', '1'])).toBe('4001780131');
  for (const path of ['/a', '/a', '/b', '/a']) {
    expect(hexOf(encoder, [':path', path]).slice(0, 2)).toBe('04');
  }
  for (let request = 0; request < 1000; request++) hexOf(encoder, ['x-user', `user ${request}`]);
  // What came once is not kept: `x: 1` and the first user are all that the table holds.
  expect(hexOf(encoder, ['x', '1'])).toBe('bf');
});

test('a field that was written before is known by its object', () => {
  const encoder = new HpackEncoder();
  const [field] = fieldsOf([['x', '1']]);
  if (field === undefined) throw new Error('no field');
  written(encoder, [field]);
  expect(written(encoder, [field]).toString('hex')).toBe('be');
  // Another connection's encoder is not misled by what this one noted.
  const other = new HpackEncoder();
  expect(written(other, [field]).toString('hex')).toBe('4001780131');
  expect(written(encoder, [field]).toString('hex')).toBe('be');
});

const SECRETS: readonly Pair[] = [
  ['authorization', 'Bearer a'],
  ['cookie', 'a=1'],
  ['set-cookie', `a=${'1'.repeat(100)}`],
  ['proxy-authorization', 'Basic YTpi'],
  ['x-api-key', 'a'],
  ['x-csrf-token', 'a'],
  ['x-amz-security-token', 'a'],
];

test('secrets enter no table, however often they come, and the next sidecar is told so', () => {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder();
  const before = encoder.put(new Field('x', '1'), Buffer.alloc(64), 0);
  for (let request = 0; request < 3; request++) {
    const { fields } = read(decoder, written(encoder, fieldsOf(SECRETS)));
    expect(pairsOf(fields)).toEqual(SECRETS);
    expect(fields.every(({ secret }) => secret)).toBe(true);
  }
  expect(before).toBe(5);
  expect(hexOf(encoder, ['x', '1'])).toBe('be');
});

test('what its sender marked as secret stays so', () => {
  const encoder = new HpackEncoder();
  const field = new Field('x-token', 'a', true);
  for (let request = 0; request < 3; request++) {
    const { fields } = read(new HpackDecoder(), written(encoder, [field]));
    expect(fields).toEqual([field]);
  }
});

test('a peer without a table gets none', () => {
  const encoder = new HpackEncoder();
  encoder.limitTable(0);
  expect(hexOf(encoder, ['x', '1'])).toBe('200001780131');
  expect(hexOf(encoder, ['x', '1'])).toBe('0001780131');
});

test('the next block says the smallest size that the table had, and the last (RFC 7541 section 4.2)', () => {
  const encoder = new HpackEncoder();
  hexOf(encoder, ['x', '1']);
  encoder.limitTable(100);
  encoder.limitTable(10);
  encoder.limitTable(65_536);
  const block = written(encoder, fieldsOf([['x', '1']]));
  expect(block.toString('hex')).toBe('2a3fe11f4001780131');
  expect(hexOf(encoder, ['x', '1'])).toBe('be');
  encoder.limitTable(100);
  expect(encoder.begin(Buffer.alloc(BLOCK_START_BYTES), 0)).toBe(2);
});

test('a table larger than the one of the start is not made use of', () => {
  const encoder = new HpackEncoder();
  encoder.limitTable(65_536);
  expect(hexOf(encoder, [':method', 'GET'])).toBe('82');
});

test('a field that would fill half of the table does not enter it', () => {
  const encoder = new HpackEncoder();
  const large: Pair = ['x', 'v'.repeat(3000)];
  expect(hexOf(encoder, large).slice(0, 2)).toBe('00');
  expect(hexOf(encoder, large).slice(0, 2)).toBe('00');
});

test('a field of nothing is written as such, not as an index that means nothing', () => {
  expect(hexOf(new HpackEncoder(), ['', ''])).toBe('400000');
});
