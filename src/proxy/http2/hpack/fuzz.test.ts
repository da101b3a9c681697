import { expect, test } from 'bun:test';
import { seededRandom } from '../../../ports/testing/index.ts';
import { FIELD_LIST_BYTES, FIELD_LIST_FIELDS } from '../../limits.ts';
import { FUZZ_INPUTS } from '../../testing/run-size.ts';
import { HpackDecoder, HpackEncoder } from './index.ts';
import { pairsOf, RandomBlocks, type ReadBlock, read, written } from './testing/index.ts';

const SEED = 20_261_120;
const TABLE_BYTES = 4096;
const BLOCKS_PER_CONNECTION = 20;
/** On a busy machine. */
const INPUTS_PER_SECOND = 2_000;

const sizeOf = ({ fields }: ReadBlock): number => fields.reduce((sum, { size }) => sum + size, 0);

/** What the decoder's table holds, bytes; it ends with the first index that is free. */
function tableBytes(decoder: HpackDecoder): number {
  let bytes = 0;
  for (let index = 62; ; index++) {
    const rest = index - 127;
    const block = rest < 0 ? [0x80 | index] : [0xff, rest];
    const found = read(decoder, Buffer.from(block));
    if (found.outcome !== 'ok') return bytes;
    bytes += sizeOf(found);
  }
}

test(
  'whatever a peer sends as blocks, it is read within the bounds, and written on as it was read',
  () => {
    const blocks = new RandomBlocks(seededRandom(SEED));
    const outcomes = new Map<string, number>();
    for (let input = 0; input < FUZZ_INPUTS; ) {
      const decoder = new HpackDecoder();
      const next = { encoder: new HpackEncoder(), decoder: new HpackDecoder() };
      for (let block = 0; block < BLOCKS_PER_CONNECTION; block++, input++) {
        const found = read(decoder, blocks.next());
        outcomes.set(found.outcome, (outcomes.get(found.outcome) ?? 0) + 1);
        if (found.fields.length > FIELD_LIST_FIELDS) throw new Error('too many fields');
        if (sizeOf(found) > FIELD_LIST_BYTES) throw new Error('too many bytes');
        if (found.outcome === 'too-large') continue;
        if (found.outcome !== 'ok') break;
        const again = read(next.decoder, written(next.encoder, found.fields));
        expect(again.outcome).toBe('ok');
        expect(pairsOf(again.fields)).toEqual(pairsOf(found.fields));
      }
      if (tableBytes(decoder) > TABLE_BYTES) throw new Error('the table is too large');
    }
    // Every way in which reading can end was taken.
    expect([...outcomes.keys()].sort()).toEqual([
      'huffman',
      'index',
      'integer',
      'ok',
      'table-size',
      'too-large',
      'truncated',
    ]);
  },
  (FUZZ_INPUTS / INPUTS_PER_SECOND) * 1000 + 5000,
);
