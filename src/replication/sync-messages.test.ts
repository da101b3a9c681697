import { expect, test } from 'bun:test';
import * as dagCbor from '@ipld/dag-cbor';
import fc from 'fast-check';
import {
  decodeDigest,
  decodeHeads,
  decodeRecords,
  decodeRequest,
  encodeHeads,
  encodeRequest,
  HEADS_PER_PAGE,
  IDS_PER_FETCH,
  MAX_SYNC_BYTES,
} from './sync-messages.ts';

const DECODERS = [decodeRequest, decodeDigest, decodeHeads, decodeRecords];

test('what was encoded is decoded as it was', () => {
  const request = { ask: 'records', ids: ['a/node/self'] } as const;
  expect(decodeRequest(encodeRequest(request))).toEqual({ ok: true, value: request });
  const page = {
    heads: [{ id: 'a/node/self', sequence: { epoch: 1, boot: 2, n: 3 }, hash: 'ab' }],
    more: true,
  };
  expect(decodeHeads(encodeHeads(page))).toEqual({ ok: true, value: page });
});

test('arbitrary bytes and arbitrary data are refused, never thrown on', () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.jsonValue().map((value) => dagCbor.encode(value)),
    fc
      .record({
        ask: fc.jsonValue(),
        ids: fc.jsonValue(),
        heads: fc.jsonValue(),
        more: fc.boolean(),
      })
      .map((value) => dagCbor.encode(value)),
  );
  fc.assert(
    fc.property(anything, (bytes) => {
      for (const decode of DECODERS) expect(typeof decode(bytes).ok).toBe('boolean');
    }),
    { seed: 20261120, numRuns: 2_000 },
  );
});

test('more than a page of anything is refused', () => {
  const ids = Array.from({ length: IDS_PER_FETCH + 1 }, (_, i) => `a/node/${i}`);
  expect(decodeRequest(dagCbor.encode({ ask: 'records', ids })).ok).toBe(false);
  const heads = Array.from({ length: HEADS_PER_PAGE + 1 }, () => ['a/node/x', 1, 1, 1, 'ab']);
  expect(decodeHeads(dagCbor.encode({ heads, more: false })).ok).toBe(false);
  const records = ids.map(() => new Uint8Array());
  expect(decodeRecords(dagCbor.encode({ records })).ok).toBe(false);
  const long = dagCbor.encode({ digest: 'a'.repeat(MAX_SYNC_BYTES) });
  expect(decodeDigest(long).ok).toBe(false);
});
