import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { Member, TestAuthority } from '../replication/testing/members.ts';
import { evidenceViews, evidenceWarnings, MAX_EVIDENCE_SHOWN } from './evidence-list.ts';

/** What is kept when a liar says these under one sequence, under each of so many names. */
function caughtSaying(first: unknown, second: unknown, names = 1) {
  const options = { clock: new FakeClock(), authority: new TestAuthority() };
  const [liar, witness] = [new Member('liar', options), new Member('n1', options)];
  for (let n = 0; n < names; n++) {
    for (const value of [first, second]) {
      const key = n === 0 ? 'self' : `n${n}`;
      witness.records.accept(liar.forge({ key, value, tombstone: value === null }), 'liar');
    }
  }
  return witness.records;
}

const shownOf = (...values: readonly [unknown, unknown]) => {
  const [view] = evidenceViews(caughtSaying(...values));
  return [view?.holds.value, view?.other.value].toSorted();
};

test('evidence says who said what under which sequence, since when it is known, and what differs', () => {
  const [view] = evidenceViews(caughtSaying({ host: 'a', port: 80 }, { host: 'a', port: 81 }));
  expect(view).toMatchObject({
    id: 'liar/node/self',
    writer: 'liar',
    sequence: { epoch: 1, boot: 1, n: 0 },
    seenAt: '2030-01-01T00:00:00.000Z',
    holds: { issuedAt: '2030-01-01T00:00:00.000Z' },
  });
  expect([view?.holds.value, view?.other.value].toSorted()).toEqual(['{"port":80}', '{"port":81}']);
});

test('values of any kind, length and depth are shown in short', () => {
  expect(shownOf('one', 'two')).toEqual(['"one"', '"two"']);
  expect(shownOf(1, null)).toEqual(['1', 'withdrawn']);
  expect(shownOf({ a: 1, b: 1 }, { a: 1 })).toEqual(['{"a":1}', '{"b":1}']);
  expect(shownOf(2n ** 60n, new Uint8Array([1, 255]))).toEqual([
    '"0x01ff"',
    '"1152921504606846976"',
  ]);
  for (const text of shownOf('x'.repeat(9_000), 'y'.repeat(9_000))) {
    expect(text).toHaveLength(101);
  }
  let deep: unknown = 1;
  for (let depth = 0; depth < 2_000; depth++) deep = [deep];
  expect(shownOf(deep, 'flat')).toHaveLength(2);
});

test('what a liar makes as large as it can, of whatever kind, is shown in short', () => {
  const values = [
    '\u0000'.repeat(60_000),
    Array.from({ length: 4_000 }, () => []),
    { ...Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`k${n}`, 'x'.repeat(20)])) },
    new Uint8Array(60_000),
  ];
  for (const [n, value] of values.entries()) {
    const records = caughtSaying(value, values.at(n - 1), 16);
    const views = evidenceViews(records);
    expect(views).toHaveLength(16);
    for (const { holds, other } of views) {
      expect([holds.value.length, other.value.length]).toEqual([101, 101]);
    }
  }
});

test('of very much evidence the latest is shown', () => {
  const sequence = { epoch: 1, boot: 1, n: 0 };
  const evidence = Array.from({ length: MAX_EVIDENCE_SHOWN + 9 }, (_, n) => ({
    id: `n/node/${n}`,
    writer: 'n' as NodeName,
    sequence,
    seenAt: n,
  }));
  const views = evidenceViews({ evidence: () => evidence, evidencePair: () => undefined });
  expect(views.map(({ id }) => id)).toEqual(evidence.slice(9).map(({ id }) => id));
  expect(views[0]?.holds).toEqual({ value: 'damaged' });
});

test('each writer that was caught is one warning, and none is none', () => {
  expect(evidenceWarnings([])).toEqual([]);
  expect(evidenceWarnings(caughtSaying(1, 2).evidence())).toEqual([
    expect.stringMatching(/^liar contradicted itself in 1 record: .*selvage get evidence$/),
  ]);
});
