import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName } from '../../core/index.ts';
import { sha256Hex } from '../../crypto/index.ts';
import { seededRandom } from '../../ports/testing/index.ts';
import { IndexedRecord } from '../indexed-record.ts';
import { recordId } from '../record.ts';
import { RecordIndex } from '../record-index.ts';
import { decodeRanges, encodeRanges } from './messages.ts';
import { shortened } from './range.ts';
import { RangeSearch } from './range-search.ts';
import { nodeAt } from './range-view.ts';

const NOTHING_UNWANTED = { isUnwanted: () => false, isHasty: () => false };

interface Said {
  readonly writer: string;
  readonly key: string;
  readonly epoch: number;
  readonly n: number;
  /** Of two under one sequence, a lie. */
  readonly text: string;
}

function record({ writer, key, epoch, n, text }: Said): IndexedRecord {
  const content = {
    writer: writer as NodeName,
    kind: 'endpoint',
    key,
    value: null,
    tombstone: false,
    sequence: { epoch, boot: 1, n },
    issuedAt: 0,
    expiresAt: 1,
    publicKey: new Uint8Array(),
  };
  const hash = sha256Hex(new TextEncoder().encode(`${writer} ${key} ${epoch} ${n} ${text}`));
  return new IndexedRecord(content, hash, 500);
}

/** What is in force of all that was said. */
function holding(said: readonly Said[]): RecordIndex {
  let index = RecordIndex.empty;
  for (const one of said.map(record)) {
    const isOlder = one.sequence.epoch < (index.epochOf(one.content.writer) ?? 0);
    if (!isOlder && !index.knows(one)) index = index.with(one);
  }
  return index;
}

/** All that `ours` finds at `theirs`, through the wire, and how often it asked. */
function search(ours: RecordIndex, theirs: RecordIndex, seed = 1) {
  const held = () => ours;
  const found = new RangeSearch({ held, ...NOTHING_UNWANTED, random: seededRandom(seed) });
  const missing: string[] = [];
  let bytes = 0;
  found.add('');
  for (let questions = 0; ; questions++) {
    missing.push(...found.takeMissing(1_000).map(({ id }) => id));
    const paths = found.takePaths();
    if (paths.length === 0) return { missing: missing.toSorted(), questions, bytes };
    const answer = encodeRanges(paths.map((path) => nodeAt(theirs, path)));
    bytes += answer.length;
    const nodes = decodeRanges(answer, paths);
    if (!nodes.ok) throw new Error(nodes.error);
    for (const [index, path] of paths.entries()) found.found(path, nodes.value[index]);
  }
}

const said = fc.record({
  // Few writers with many records, and many with few, so that all kinds of ranges are met.
  writer: fc.oneof(
    fc.constantFrom('a', 'b'),
    fc.nat(99).map((n) => `w${n}`),
  ),
  key: fc.nat(60).map(String),
  epoch: fc.constantFrom(1, 1, 1, 2),
  n: fc.nat(2),
  text: fc.constantFrom('x', 'x', 'x', 'y'),
});

test('it finds all that the other has and this one has not, and nothing else', () => {
  const many = fc.array(said, { maxLength: 150, size: 'max' });
  fc.assert(
    fc.property(many, many, many, fc.nat(), (both, onlyOurs, onlyTheirs, seed) => {
      const ours = holding([...both, ...onlyOurs]);
      const theirs = holding([...both, ...onlyTheirs]);
      const lacking = [...theirs.records()].filter((one) => {
        const isOlder = one.sequence.epoch < (ours.epochOf(one.content.writer) ?? 0);
        const { id, sequence, hash } = one;
        return !isOlder && !ours.knows({ id, sequence, hash: shortened(hash) });
      });
      expect(search(ours, theirs, seed).missing).toEqual(lacking.map(({ id }) => id).toSorted());
    }),
    { seed: 20261120, numRuns: 60 },
  );
}, 60_000);

const fleet = (writers: number, each: number): Said[] =>
  Array.from({ length: writers * each }, (_, i) => {
    return { writer: `node-${i % writers}`, key: `workload-${i}`, epoch: 1, n: 0, text: '' };
  });

test('one changed record among 4,096 of one writer costs little to find', () => {
  const before = fleet(1, 4_096);
  const ours = holding(before);
  const changed = record({ ...(before[7] ?? fail()), n: 1 });
  const { missing, questions, bytes } = search(ours, ours.with(changed));
  expect(missing).toEqual([recordId('node-0' as NodeName, 'endpoint', 'workload-7')]);
  expect(questions).toBeLessThanOrEqual(5);
  expect(bytes).toBeLessThan(2_000);
});

function fail(): never {
  throw new Error('there are as many');
}

test('equal sets are one look', () => {
  const ours = holding(fleet(100, 10));
  expect(search(ours, holding(fleet(100, 10).toReversed()))).toMatchObject({
    missing: [],
    questions: 1,
  });
});

test('where the other has nothing there is nothing to ask', () => {
  const ours = holding(fleet(200, 1));
  const theirs = holding(fleet(20, 1).map((one) => ({ ...one, n: 1 })));
  const found = new RangeSearch({
    held: () => ours,
    ...NOTHING_UNWANTED,
    random: seededRandom(1),
  });
  found.found('', nodeAt(theirs, ''));
  const paths = found.takePaths();
  expect(paths.length).toBeGreaterThan(5);
  expect(paths.filter((path) => nodeAt(theirs, path) === undefined)).toEqual([]);
});

test('what is unwanted is left out', () => {
  const theirs = holding(fleet(3, 3));
  const found = new RangeSearch({
    held: () => RecordIndex.empty,
    ...NOTHING_UNWANTED,
    isUnwanted: ({ id }) => id.startsWith('node-1/'),
    random: seededRandom(1),
  });
  for (const writer of [0, 1, 2]) {
    const path = `node-${writer}/`;
    found.found(path, nodeAt(theirs, path));
  }
  expect(found.missing).toBe(6);
});

test('more ranges than records can have are told', () => {
  const found = new RangeSearch({
    held: () => RecordIndex.empty,
    ...NOTHING_UNWANTED,
    random: seededRandom(1),
  });
  const digests = Array.from({ length: 16 }, () => 'ab'.repeat(16));
  let isGood = true;
  let times = 0;
  while (isGood && times < 10_000) {
    times++;
    isGood = found.found('a', { kind: 'branch', digests });
  }
  expect(times).toBe(1_025);
});
