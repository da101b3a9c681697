import { heapStats } from 'bun:jsc';
import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { Member, said, TestAuthority } from './testing/members.ts';

const RECORDS = 64;
const PARTS = 4_000;

test('a value that grows when it is decoded takes no more memory than its bytes', () => {
  const options = { clock: new FakeClock(), authority: new TestAuthority() };
  const [liar, honest] = [new Member('liar', options), new Member('honest', options)];
  const value = [...Array.from({ length: PARTS }, () => []), 'x'.repeat(PARTS)];
  const records = Array.from({ length: RECORDS }, (_, n) => liar.forge({ key: `k${n}`, value }));
  honest.records.accept(liar.forge({ key: 'warm' }), 'p');
  const occupied = () => {
    Bun.gc(true);
    return heapStats().heapSize + heapStats().extraMemorySize;
  };
  const before = occupied();
  for (const bytes of records) honest.records.accept(bytes, 'p');
  expect(occupied() - before).toBeLessThan(8 * RECORDS * 2 * PARTS);
  expect(said(honest.records, 'node')['liar/k3']).toEqual(value);
});
