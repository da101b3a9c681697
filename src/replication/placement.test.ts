import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { NodeName } from '../core/index.ts';
import { IndexedRecord } from './indexed-record.ts';
import { DEFAULT_LIMITS, type RecordLimits } from './limits.ts';
import { placed } from './placement.ts';
import { RecordIndex } from './record-index.ts';

interface Word {
  readonly writer: string;
  readonly key: string;
  readonly n: number;
  readonly bytes: number;
  readonly epoch?: number;
}

const record = ({ writer, key, n, bytes, epoch = 1 }: Word): IndexedRecord => {
  const content = {
    writer: writer as NodeName, // tests choose labels
    kind: 'endpoint',
    key,
    value: n,
    sequence: { epoch, boot: 1, n },
    issuedAt: 0,
    expiresAt: 1_000,
    tombstone: false,
    publicKey: new Uint8Array(32),
  };
  return new IndexedRecord(content, `hash of ${writer} ${key} ${n} ${epoch}`, bytes);
};

/** The index after these came one by one, each as far as there was a place for it. */
function after(
  records: Iterable<IndexedRecord>,
  limits: RecordLimits,
  start = RecordIndex.empty,
): RecordIndex {
  let index = start;
  for (const one of records) {
    const placement = placed(one, index, limits);
    if (placement.standing === 'new') index = placement.index;
  }
  return index;
}

const words: fc.Arbitrary<readonly Word[]> = fc.uniqueArray(
  fc.record({
    writer: fc.constantFrom('a', 'b', 'c', 'd'),
    key: fc.nat(30).map(String),
    n: fc.constant(0),
    bytes: fc.integer({ min: 1, max: 9 }),
  }),
  { selector: ({ writer, key }) => `${writer} ${key}`, maxLength: 80, size: 'max' },
);

/** What two nodes have after each offered the other all that it holds until neither learned anything. */
function merged(one: RecordIndex, two: RecordIndex, limits: RecordLimits) {
  let pair = [one, two] as const;
  for (let round = 0; round < 100; round++) {
    const [left, right] = pair;
    const next = [
      after(right.records(), limits, left),
      after(left.records(), limits, right),
    ] as const;
    if (next[0].digest === left.digest && next[1].digest === right.digest) return next;
    pair = next;
  }
  throw new Error('they never agree');
}

test('however many records writers make, nodes that hear them in other orders agree on which are kept', () => {
  const limits = {
    ...DEFAULT_LIMITS,
    recordsPerWriter: 10,
    bytesPerWriter: 40,
    records: 24,
    bytes: 90,
  };
  fc.assert(
    fc.property(words, fc.infiniteStream(fc.nat()), (said, order) => {
      const records = said.map(record);
      const shuffled = records
        .map((one) => ({ one, key: order.next().value }))
        .sort((a, b) => a.key - b.key)
        .map(({ one }) => one);
      const [one, two] = merged(after(records, limits), after(shuffled, limits), limits);
      expect(one.digest).toBe(two.digest);
      expect(one.count).toBeLessThanOrEqual(limits.records);
      expect(one.bytes).toBeLessThanOrEqual(limits.bytes);
      for (const shelf of one.writers.items()) {
        expect(shelf.count).toBeLessThanOrEqual(limits.recordsPerWriter);
        expect(shelf.bytes).toBeLessThanOrEqual(limits.bytesPerWriter);
      }
    }),
    { seed: 20261122, numRuns: 300 },
  );
});

const many = (writer: string, count: number, bytes = 1): IndexedRecord[] =>
  Array.from({ length: count }, (_, key) => record({ writer, key: String(key), n: 0, bytes }));

test('a writer that says too much keeps as much as it may, and what it says anew of that', () => {
  const limits = { ...DEFAULT_LIMITS, recordsPerWriter: 10 };
  const index = after(many('a', 30), limits);
  expect(index.count).toBe(10);
  const [kept] = [...index.records()];
  if (kept === undefined) throw new Error('ten are kept');
  const anew = record({ writer: 'a', key: kept.content.key, n: 1, bytes: 1 });
  expect(placed(anew, index, limits).standing).toBe('new');
  const lost = many('a', 30).filter(({ id }) => index.get(id) === undefined);
  expect(lost.map((one) => placed(one, index, limits).standing)).toEqual(
    lost.map(() => 'over-quota'),
  );
});

test('writers that fill all the room leave others the room for as much as each of them has', () => {
  const limits = { ...DEFAULT_LIMITS, recordsPerWriter: 40, records: 60, bytes: 10_000 };
  const liars = [...many('liar', 40), ...many('other-liar', 40)];
  for (const honest of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const full = after(liars, limits);
    expect(full.count).toBe(60);
    const index = after(many(honest, 15), limits, full);
    expect(index.count).toBe(60);
    expect(index.shelf(honest as NodeName)?.count).toBe(15); // a label
    const large = after(many('large', 1, 9_000), { ...limits, bytes: 9_050 }, index);
    expect(large.bytes).toBeLessThanOrEqual(9_050);
    expect(large.shelf(honest as NodeName)?.count).toBe(15); // a label
  }
});

test('a newer epoch clears the shelf, an older one finds no place on it', () => {
  const old = after(many('a', 3), DEFAULT_LIMITS);
  const successor = record({ writer: 'a', key: '1', n: 0, bytes: 1, epoch: 2 });
  const placement = placed(successor, old, DEFAULT_LIMITS);
  if (placement.standing !== 'new') throw new Error(placement.standing);
  expect(placement.gone.map(({ id }) => id).sort()).toEqual(many('a', 3).map(({ id }) => id));
  expect(placement.index.count).toBe(1);
  const [late] = many('a', 1);
  if (late === undefined) throw new Error('one of one');
  expect(placed(late, placement.index, DEFAULT_LIMITS).standing).toBe('older-epoch');
});
