import { expect, test } from 'bun:test';
import { FIELD_LIST_BYTES, FIELD_LIST_FIELDS } from '../../limits.ts';
import { HpackDecoder, type HpackOutcome } from './index.ts';
import { octets, pairsOf, read } from './testing/index.ts';

/** `name: value` as a literal that enters the table; both shorter than 127 octets. */
function kept(name: string, value: string): Buffer {
  const text = (one: string): Buffer =>
    Buffer.concat([Buffer.from([one.length]), Buffer.from(one, 'latin1')]);
  return Buffer.concat([Buffer.from([0x40]), text(name), text(value)]);
}

/** As `kept`, for a value of at least 127 octets. */
function keptLong(name: string, valueBytes: number): Buffer {
  const rest = valueBytes - 127;
  const head = Buffer.from([0x40, name.length, ...Buffer.from(name), 0x7f]);
  const length = Buffer.from([(rest & 0x7f) | 0x80, ((rest >> 7) & 0x7f) | 0x80, rest >> 14]);
  return Buffer.concat([head, length, Buffer.alloc(valueBytes, 'v')]);
}

const repeated = (octet: number, times: number): Buffer => Buffer.alloc(times, octet);

const FAULTS: readonly (readonly [what: string, hex: string, outcome: HpackOutcome])[] = [
  ['an indexed field without an index (section 6.1)', '80', 'index'],
  ['an index above both tables (section 2.3.3)', 'be', 'index'],
  ['a name that is in no table', '7e 01 76', 'index'],
  ['a block that ends in an integer', 'ff', 'truncated'],
  ['a block that ends before the value', '40 01 61', 'truncated'],
  ['a block that ends in a value', '40 01 61 05 61 62', 'truncated'],
  ['an integer of 6 octets after its prefix (section 5.1)', 'ff 80 80 80 80 80 00', 'integer'],
  ['an integer above 2^31 - 1', 'ff ff ff ff ff 07', 'integer'],
  ['a string length above 2^31 - 1', '40 7f ff ff ff ff 7f', 'integer'],
  ['padding of 8 bits (section 5.2)', '40 01 61 82 f8 ff', 'huffman'],
  ['padding with a bit of 0', '40 01 61 81 1e', 'huffman'],
  ['the end-of-string symbol', '40 01 61 84 ff ff ff ff', 'huffman'],
  ['a table size above the one announced (section 6.3)', '3f e2 1f', 'table-size'],
  ['a table size after a field (section 4.2)', '82 20', 'table-size'],
];

for (const [what, hex, outcome] of FAULTS) {
  test(`${what} ends the connection: ${outcome}`, () => {
    const decoder = new HpackDecoder();
    expect(read(decoder, octets(hex)).outcome).toBe(outcome);
    expect(read(decoder, octets('82'))).toEqual({ outcome, fields: [] });
  });
}

test('a block that ends within a field does not read on in what follows it', () => {
  const decoder = new HpackDecoder();
  const block = octets('40 01 61 05 61 62 63 64 65');
  expect(decoder.decode(block, 0, 6, { field: () => {} })).toBe('truncated');
});

test('an integer may be as large as 2^31 - 1, and end in octets that add nothing (section 5.1)', () => {
  expect(read(new HpackDecoder(), octets('7f c0 ff ff ff 07')).outcome).toBe('index');
  expect(read(new HpackDecoder(), octets('7f c1 ff ff ff 07')).outcome).toBe('integer');
  expect(read(new HpackDecoder(), octets('3f 80 80 80 80 00')).outcome).toBe('ok');
});

test('a field out of a table is the same object each time', () => {
  const decoder = new HpackDecoder();
  const [first] = read(decoder, kept('a', 'b')).fields;
  const [again] = read(decoder, octets('be')).fields;
  expect(again).toBe(first);
  const [own] = read(decoder, octets('82')).fields;
  expect(read(new HpackDecoder(), octets('82')).fields[0]).toBe(own);
});

test('a field that may never be indexed is secret, and no other is', () => {
  const decoder = new HpackDecoder();
  const fields = ['10 01 61 01 62', '00 01 61 01 62', '40 01 61 01 62', 'be'].flatMap(
    (hex) => read(decoder, octets(hex)).fields,
  );
  expect(fields.map(({ secret }) => secret)).toEqual([true, false, false, false]);
});

test('an empty block is read', () => {
  expect(read(new HpackDecoder(), Buffer.alloc(0))).toEqual({ outcome: 'ok', fields: [] });
});

test('a field as large as the table is kept, one that is larger empties it (section 4.4)', () => {
  const decoder = new HpackDecoder();
  read(decoder, keptLong('a', 4096 - 32 - 1));
  expect(read(decoder, octets('be')).fields[0]?.size).toBe(4096);
  expect(read(decoder, keptLong('a', 4096 - 32)).outcome).toBe('ok');
  expect(read(decoder, octets('be')).outcome).toBe('index');
});

test('fields leave the table when the next one would not fit, not before', () => {
  for (const [bytes, outcome] of [
    [4096, 'ok'],
    [4097, 'index'],
  ] as const) {
    const decoder = new HpackDecoder();
    read(decoder, keptLong('a', 4000 - 33));
    read(decoder, kept('b', 'v'.repeat(bytes - 4000 - 33)));
    expect(read(decoder, octets('bf')).outcome).toBe(outcome);
  }
});

test('an index of a field that has left is a fault, however many came after it', () => {
  const decoder = new HpackDecoder();
  for (let field = 0; field < 300; field++) read(decoder, kept('a', '1'));
  // 120 of 34 bytes are held: 62 to 181; 190 is 128 after 62.
  expect(read(decoder, octets('ff 36')).outcome).toBe('ok');
  expect(read(decoder, octets('ff 3f')).outcome).toBe('index');
});

test('a name may come from the very field that its own field pushes out (section 4.4)', () => {
  const decoder = new HpackDecoder();
  read(decoder, keptLong('name', 3000));
  // Name of index 62, value of 2,000 octets: both do not fit.
  const value = Buffer.concat([octets('7e 7f d1 0e'), Buffer.alloc(2000, 'w')]);
  expect(read(decoder, value).fields[0]?.name).toBe('name');
  expect(read(decoder, octets('be')).fields[0]?.name).toBe('name');
  expect(read(decoder, octets('bf')).outcome).toBe('index');
});

test('the table shrinks and grows as the peer says, within what was announced', () => {
  const decoder = new HpackDecoder(8192);
  read(decoder, Buffer.concat([kept('a', '1'), kept('b', '2')]));
  // Room for one field of 34 bytes; then for all that was announced.
  expect(pairsOf(read(decoder, octets('3f 03 be')).fields)).toEqual([['b', '2']]);
  expect(read(decoder, octets('3f e1 3f be')).outcome).toBe('ok');
  read(decoder, keptLong('c', 6000));
  expect(read(decoder, octets('bf')).outcome).toBe('ok');
  expect(read(decoder, octets('20 3f e1 3f be')).outcome).toBe('index');
});

test('until the peer says otherwise, the table is of 4,096 bytes whatever was announced', () => {
  const decoder = new HpackDecoder(8192);
  read(decoder, keptLong('a', 3000));
  read(decoder, keptLong('b', 3000));
  expect(read(decoder, octets('bf')).outcome).toBe('index');
});

test('more fields than one message may have are too large, and nobody hears of them', () => {
  const decoder = new HpackDecoder();
  expect(read(decoder, repeated(0x82, FIELD_LIST_FIELDS)).outcome).toBe('ok');
  const { outcome, fields } = read(decoder, repeated(0x82, 60_000));
  expect(outcome).toBe('too-large');
  expect(fields.length).toBe(FIELD_LIST_FIELDS);
});

test('one large field that is referred to again and again is stopped (HPACK bomb)', () => {
  const decoder = new HpackDecoder();
  const [field] = read(decoder, keptLong('a', 4000)).fields;
  const { outcome, fields } = read(decoder, repeated(0xbe, 100));
  expect(outcome).toBe('too-large');
  expect(fields.length).toBe(Math.floor(FIELD_LIST_BYTES / (field?.size ?? 0)));
});

test('after a list that was too large the table is right, and the connection goes on', () => {
  const decoder = new HpackDecoder();
  const flood = Buffer.concat([repeated(0x82, 200), kept('a', '1'), kept('b', '2')]);
  expect(read(decoder, flood).outcome).toBe('too-large');
  expect(pairsOf(read(decoder, octets('be bf')).fields)).toEqual([
    ['b', '2'],
    ['a', '1'],
  ]);
});

test('a string longer than a whole list reaches nobody, and empties the table', () => {
  for (const isHuffman of [false, true]) {
    const decoder = new HpackDecoder();
    read(decoder, kept('a', '1'));
    const long = keptLong('b', FIELD_LIST_BYTES + 1);
    // 0x00 is the code of `0`, and three bits of the next.
    if (isHuffman) long.fill(0, 7).writeUInt8(0xff, 3);
    expect(read(decoder, long)).toEqual({ outcome: 'too-large', fields: [] });
    expect(read(decoder, octets('82')).outcome).toBe('ok');
    expect(read(decoder, octets('be')).outcome).toBe('index');
  }
});
