import { expect, test } from 'bun:test';
import { threadProcessorMs } from '../platform/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { DEFAULT_LIMITS, MAX_RECORD_ITEMS } from './limits.ts';
import { Member, type MemberOptions, said, TestAuthority } from './testing/members.ts';

function mesh() {
  const clock = new FakeClock();
  const authority = new TestAuthority();
  const member = (name: string, options: Partial<MemberOptions> = {}): Member =>
    new Member(name, { clock, authority, ...options });
  return { clock, member };
}

test('a writer gets no more room than is its own, and keeps what it has', () => {
  const { member } = mesh();
  const limits = { ...DEFAULT_LIMITS, recordsPerWriter: 3, changesPerMinute: 6 };
  const [a, b] = [member('a'), member('b', { limits })];
  for (let i = 0; i < 5; i++) a.records.put('endpoint', `${i}`, i);
  const records = [0, 1, 2, 3, 4].map((i) => a.bytesOf('endpoint', `${i}`));
  b.records.acceptAll(records, 'p');
  b.records.acceptAll(records, 'p');
  expect(b.meter.value('selvage_record_refusals_total', { reason: 'over-quota' })).toBe(2);
  expect(b.records.snapshot().count).toBe(3);
  expect([...b.disk.space('records').entries()]).toHaveLength(3);

  for (let i = 0; i < 3; i++) b.records.put('endpoint', `${i}`, i);
  b.records.put('endpoint', '1', 'again');
  expect(() => b.records.put('endpoint', '3', 3)).toThrow(
    expect.objectContaining({ code: 'RECORD_QUOTA_REACHED' }),
  );
});

test('a writer that changes its mind too fast is heard again when time has passed', () => {
  const { clock, member } = mesh();
  const limits = { ...DEFAULT_LIMITS, recordsPerWriter: 1, changesPerMinute: 2 };
  const [a, b] = [member('a'), member('b', { limits })];
  const hear = (n: number) => {
    a.records.put('node', 'self', n);
    return b.records.accept(a.bytesOf('node', 'self'), 'p');
  };
  expect([1, 2, 3].map((n) => hear(n).outcome)).toEqual(['stored', 'stored', 'stored']);
  expect(hear(4)).toEqual({ outcome: 'refused', reason: 'too-fast' });
  expect(said(b.records, 'node')).toEqual({ 'a/self': 3 });
  clock.advance(30_000);
  expect(b.records.accept(a.bytesOf('node', 'self'), 'p')).toEqual({ outcome: 'stored' });

  clock.advance(30_000);
  // Nobody uses up a writer's budget by forging what it says.
  const envelope = decodeEnvelope(a.forge({ sequence: { epoch: 1, boot: 9, n: 0 } }));
  if (envelope === undefined) throw new Error('it was made just now');
  const forged = encodeEnvelope({ ...envelope, signature: new Uint8Array(64) });
  for (let n = 0; n < 10; n++) b.records.accept(forged, 'p');
  expect(b.meter.value('selvage_record_refusals_total', { reason: 'signature' })).toBe(10);
  expect(hear(5)).toEqual({ outcome: 'stored' });
});

test('a record that finds no place again is said in the log once, and anew when it had found one', () => {
  const { clock, member } = mesh();
  const limits = { ...DEFAULT_LIMITS, records: 3 };
  const [a, b] = [member('a', { limits }), member('b')];
  a.records.put('node', 'one', 1);
  a.records.put('node', 'two', 2);
  const crowd = (n: number) =>
    ['p', 'q'].map((key) => {
      const sequence = { epoch: 1, boot: 1, n };
      return b.forge({ key, sequence, expiresAt: clock.now() + 60_000 });
    });
  const warnings = () => a.log.lines.filter(({ level }) => level === 'warn').length;
  for (const crowded of [1, 2]) {
    a.records.acceptAll(crowd(crowded), 'p');
    for (let second = 0; second < 9; second++) a.records.maintain();
    expect(warnings()).toBe(crowded);
    clock.advance(60_000);
    a.records.maintain();
    expect(Object.keys(said(a.records, 'node'))).toEqual(['a/one', 'a/two']);
  }
});

test('a record that grows when it is decoded is refused before, and not said by this node either', () => {
  const { member } = mesh();
  const [liar, b] = [member('liar'), member('b')];
  const lists = (count: number) => Array.from({ length: count }, () => []);
  const growing = liar.forge({ value: lists(60_000) });
  const begun = threadProcessorMs();
  for (let n = 0; n < 200; n++) {
    expect(b.records.accept(growing, 'p')).toEqual({ outcome: 'refused', reason: 'too-large' });
  }
  expect(threadProcessorMs() - begun).toBeLessThan(400); // decoded, each would take 4 ms
  const around = 1 + 10 + 10; // the payload, its fields, and what they hold, the list among them
  b.records.put('node', 'self', lists(MAX_RECORD_ITEMS - around));
  const more = lists(MAX_RECORD_ITEMS - around + 1);
  expect(() => b.records.put('node', 'self', more)).toThrow('more than 4096 items are in it');
});
