import { expect, test } from 'bun:test';
import * as dagCbor from '@ipld/dag-cbor';
import type { NodeName } from '../../core/index.ts';
import { threadProcessorMs } from '../../platform/index.ts';
import {
  IDS_PER_REQUEST,
  MAX_BROUGHT,
  MAX_REQUEST_BYTES,
  MAX_SHOWN_WRITERS,
  MAX_SYNC_BYTES,
  RANGES_PER_REQUEST,
} from './limits.ts';
import {
  decodeIds,
  decodePairs,
  decodeRanges,
  decodeRecords,
  decodeRequest,
  decodeState,
  encodeIds,
  encodePairs,
  encodeRanges,
  encodeRecords,
  encodeRequest,
  encodeState,
  type SyncRequest,
} from './messages.ts';
import type { RangeNode } from './range.ts';

const digest = 'ab'.repeat(16);
const hash = '01'.repeat(16);
const branch: RangeNode = {
  kind: 'branch',
  digests: Array.from({ length: 16 }, (_, i) => (i % 3 === 0 ? '' : digest)),
};
const writers = {
  kind: 'writers',
  shelves: [{ writer: 'web-1' as NodeName, epoch: 7, digest }],
} as const;
const sequence = { epoch: 1, boot: 2, n: 3 };
const records: RangeNode = {
  kind: 'records',
  heads: [{ id: 'web-1/endpoint/a/b', sequence, hash }],
};

test('what was encoded is decoded as it was', () => {
  const requests: SyncRequest[] = [
    { ask: 'state', digest, evidence: '' },
    { ask: 'state', digest, evidence: hash },
    { ask: 'state', digest, evidence: '', shelves: writers.shelves },
    { ask: 'ranges', paths: ['', 'a0', 'web-1/', 'web-1/0f'] },
    { ask: 'records', ids: ['web-1/node/self'] },
    { ask: 'evidence', after: '' },
    { ask: 'pairs', ids: ['web-1/node/self'] },
  ];
  for (const request of requests) {
    expect(decodeRequest(encodeRequest(request))).toEqual({ ok: true, value: request });
  }
  const state = { digest, evidence: '', root: branch };
  expect(decodeState(encodeState(state))).toEqual({ ok: true, value: state });
  const brought = [['web-1/node/self', new Uint8Array([1, 2])]] as const;
  const bringing = { digest, evidence: '', root: undefined, brought };
  expect(decodeState(encodeState(bringing))).toEqual({ ok: true, value: bringing });
  const nodes = [branch, writers, records, undefined];
  const paths = ['a', 'b', 'web-1/', 'c'];
  expect(decodeRanges(encodeRanges(nodes), paths)).toEqual({ ok: true, value: nodes });
  const bytes = new Uint8Array([1, 2]);
  const found = [bytes, undefined];
  expect(decodeRecords(encodeRecords(found), 2)).toEqual({ ok: true, value: found });
  const pairs = [undefined, [bytes, bytes]] as const;
  expect(decodePairs(encodePairs(pairs), 2)).toEqual({ ok: true, value: pairs });
  expect(decodeIds(encodeIds(['a/b/c', 'a/b/d']), 'a/b/b')).toEqual({
    ok: true,
    value: ['a/b/c', 'a/b/d'],
  });
});

test('a question and its answer cost little where both hold the same', () => {
  const question = encodeRequest({ ask: 'state', digest: digest.repeat(2), evidence: '' });
  const answer = encodeState({ digest, evidence: '', root: undefined });
  expect(question.length + answer.length).toBeLessThan(50);
});

test('more than may be asked for at once is refused', () => {
  const ids = Array.from({ length: IDS_PER_REQUEST + 1 }, (_, i) => `a/node/${i}`);
  for (const ask of ['records', 'pairs']) {
    expect(decodeRequest(dagCbor.encode([ask, ids])).ok).toBe(false);
    expect(decodeRequest(dagCbor.encode([ask, ids.slice(1)])).ok).toBe(true);
  }
  const paths = Array.from({ length: RANGES_PER_REQUEST + 1 }, () => 'a');
  expect(decodeRequest(dagCbor.encode(['ranges', paths])).ok).toBe(false);
  expect(decodeRequest(dagCbor.encode(['ranges', paths.slice(1)])).ok).toBe(true);
  const long = Array.from({ length: 100 }, () => new Uint8Array(MAX_SYNC_BYTES / 99));
  expect(decodeRecords(dagCbor.encode(long), long.length).ok).toBe(false);
});

test('an answer brings no more at once than is read, and a question shows no more', () => {
  const record = ['a/node/self', new Uint8Array([1])] as const;
  const bringing = (count: number) =>
    encodeState({ digest, evidence: '', root: undefined, brought: Array(count).fill(record) });
  expect(decodeState(bringing(MAX_BROUGHT)).ok).toBe(true);
  expect(decodeState(bringing(MAX_BROUGHT + 1)).ok).toBe(false);
  const [shelf] = writers.shelves;
  const showing = (count: number) =>
    encodeRequest({ ask: 'state', digest, evidence: '', shelves: Array(count).fill(shelf) });
  expect(decodeRequest(showing(MAX_SHOWN_WRITERS)).ok).toBe(true);
  expect(decodeRequest(showing(MAX_SHOWN_WRITERS + 1)).ok).toBe(false);
});

test('a path that is none is refused', () => {
  for (const path of ['A', 'g', '/a', 'web_1/', 'web-1/x', 'a/b/c', '0'.repeat(65)]) {
    expect(decodeRequest(dagCbor.encode(['ranges', [path]])).ok).toBe(false);
  }
});

test('an answer holds no more than was asked for, and something', () => {
  expect(decodeRanges(encodeRanges([branch, branch]), ['a']).ok).toBe(false);
  expect(decodeRanges(encodeRanges([]), ['a']).ok).toBe(false);
  expect(decodeRecords(encodeRecords([undefined, undefined]), 1).ok).toBe(false);
  expect(decodeRecords(encodeRecords([]), 1).ok).toBe(false);
  expect(decodePairs(encodePairs([]), 1).ok).toBe(false);
});

test('what cannot be in a range is refused', () => {
  const inRange = (node: unknown, path: string) => decodeRanges(dagCbor.encode([node]), [path]).ok;
  const good = new Uint8Array(16);
  expect(inRange([['web-1', 1, good]], 'a')).toBe(true);
  expect(inRange([['web-1', 1, good]], 'web-1/')).toBe(false);
  expect(inRange([['node/self', 1, 1, 1, good]], 'web-1/')).toBe(true);
  expect(inRange([['node/self', 1, 1, 1, good]], 'a')).toBe(false);
  for (const name of ['node', '/x', 'node/', 'NODE/x', 'node/\n', `node/${'x'.repeat(257)}`]) {
    expect(inRange([[name, 1, 1, 1, good]], 'web-1/')).toBe(false);
  }
  expect(inRange([['web-1', -1, good]], 'a')).toBe(false);
  expect(inRange([['web-1', 1, good.slice(1)]], 'a')).toBe(false);
  expect(inRange([['web_1', 1, good]], 'a')).toBe(false);
  expect(inRange(new Uint8Array(255), 'a')).toBe(false);
  const crowd = Array.from({ length: 17 }, () => ['web-1', 1, good]);
  expect(inRange(crowd, 'a')).toBe(false);
});

test('a list of names that does not ascend is refused, so that it must come to an end', () => {
  const [a, b, c] = ['a/node/a', 'a/node/b', 'a/node/c'];
  expect(decodeIds(encodeIds([b, c]), a).ok).toBe(true);
  expect(decodeIds(encodeIds([a, b]), a).ok).toBe(false);
  expect(decodeIds(encodeIds([b, b]), a).ok).toBe(false);
  expect(decodeIds(encodeIds([c, b]), a).ok).toBe(false);
});

test('a request of the longest names is taken, one that is longer or grows when it is decoded is not', () => {
  const label = 'x'.repeat(63);
  const longest = `${label}/${label}/${'k'.repeat(256)}`;
  const ids = Array.from({ length: IDS_PER_REQUEST }, () => longest);
  expect(decodeRequest(encodeRequest({ ask: 'records', ids }))).toMatchObject({ ok: true });
  const tooLong = dagCbor.encode(['records', ['x'.repeat(MAX_REQUEST_BYTES)]]);
  expect(decodeRequest(tooLong).ok).toBe(false);
  const growing = dagCbor.encode(Array.from({ length: MAX_REQUEST_BYTES - 9 }, () => []));
  const begun = threadProcessorMs();
  for (let n = 0; n < 100; n++) expect(decodeRequest(growing).ok).toBe(false);
  expect(threadProcessorMs() - begun).toBeLessThan(200); // decoded, each would take 7 ms
});
