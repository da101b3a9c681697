import { heapStats } from 'bun:jsc';
import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { MAX_EVIDENCE_PER_WRITER } from './limits.ts';
import { Member, said, TestAuthority } from './testing/members.ts';

const RECORDS = 64;
const PARTS = 4_000;
const VALUE_BYTES = 60_000;

function occupied(): number {
  Bun.gc(true);
  return heapStats().heapSize + heapStats().extraMemorySize;
}

test('a value that grows when it is decoded takes no more memory than its bytes', () => {
  const options = { clock: new FakeClock(), authority: new TestAuthority() };
  const [liar, honest] = [new Member('liar', options), new Member('honest', options)];
  const value = [...Array.from({ length: PARTS }, () => []), 'x'.repeat(PARTS)];
  const records = Array.from({ length: RECORDS }, (_, n) => liar.forge({ key: `k${n}`, value }));
  honest.records.accept(liar.forge({ key: 'warm' }), 'p');
  const before = occupied();
  for (const bytes of records) honest.records.accept(bytes, 'p');
  expect(occupied() - before).toBeLessThan(8 * RECORDS * 2 * PARTS);
  expect(said(honest.records, 'node')['liar/k3']).toEqual(value);
});

test('evidence occupies the disk, not memory', () => {
  const options = { clock: new FakeClock(), authority: new TestAuthority() };
  const [liar, honest] = [new Member('liar', options), new Member('honest', options)];
  const keep = (key: string) => {
    const [one, other] = ['1', '2'].map((word) => word.repeat(VALUE_BYTES));
    const pair = [liar.forge({ key, value: one }), liar.forge({ key, value: other })] as const;
    return honest.records.acceptEvidence(pair, 'p').outcome;
  };
  keep('warm');
  const before = occupied();
  for (let n = 1; n < MAX_EVIDENCE_PER_WRITER; n++) expect(keep(`k${n}`)).toBe('evidence');
  expect(occupied() - before).toBeLessThan(MAX_EVIDENCE_PER_WRITER * VALUE_BYTES);
});
