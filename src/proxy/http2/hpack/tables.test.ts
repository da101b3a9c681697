import { expect, test } from 'bun:test';
import { HUFFMAN_CODE_BITS, huffmanCodes } from './huffman-code.ts';
import { HpackDecoder } from './index.ts';
import { STATIC_ENTRIES, STATIC_FIELDS } from './static-table.ts';
import { huffmanEncoded, octets, read } from './testing/index.ts';
import { askNghttp2, NODE, type ReadRequest } from './testing/nghttp2.ts';

/** `GET http://a/`, before the fields that are asked for. */
const REQUEST = '828684410161';
const REGULAR = 15;
/** What no request with a meaning carries as it stands in the table. */
const REFUSED = new Set(['content-length', 'host', 'transfer-encoding']);

/** `x` and a Huffman coded value, as a literal that enters no table. */
function huffmanField(value: string): string {
  const coded = huffmanEncoded(value);
  return `000178${(0x80 | coded.length).toString(16)}${coded.toString('hex')}`;
}

const lastPair = (found: ReadRequest | undefined): readonly string[] =>
  found === null || found === undefined || found === 'fault' ? [] : found.raw.slice(-2);

test('the Huffman code uses up all that its lengths allow, and ends with 30 bits of 1', () => {
  const used = HUFFMAN_CODE_BITS.reduce((sum, bits) => sum + 2 ** -bits, 0);
  expect(HUFFMAN_CODE_BITS.length).toBe(257);
  expect(used).toBe(1);
  expect(huffmanCodes()[256]).toBe(2 ** 30 - 1);
});

test('every octet is read out of its Huffman code, at every place within an octet', () => {
  for (let octet = 0; octet < 256; octet++) {
    for (const before of ['', '0', '00', '000', ' ', ' 0', ' 00', ' 000']) {
      const value = `${before}${String.fromCharCode(octet)}0`;
      const { fields } = read(new HpackDecoder(), octets(huffmanField(value)));
      expect(fields[0]?.value).toBe(value);
    }
  }
});

test.skipIf(NODE === null)(
  'the static table and the Huffman code are those of nghttp2 (needs node)',
  async () => {
    const entries = STATIC_FIELDS.filter(
      (field, index) => index >= REGULAR && !REFUSED.has(field.name),
    );
    // Control characters are refused in values, and are the longest codes.
    const values = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet))
      .filter((character) => /[\t\x20-\x7e\x80-\xff]/.test(character))
      .map((character) => `0${character}0`);
    const { reads } = await askNghttp2({
      reads: [
        entries.map(({ encoderIndex }) => REQUEST + (0x80 | encoderIndex).toString(16)),
        values.map((value) => REQUEST + huffmanField(value)),
      ],
      writes: [],
    });
    expect(reads[0]?.map(lastPair)).toEqual(entries.map(({ name, value }) => [name, value]));
    expect(reads[1]?.map(lastPair)).toEqual(values.map((value) => ['x', value]));
    expect(STATIC_ENTRIES).toBe(61);
  },
  20_000,
);
