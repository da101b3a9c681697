import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { HOUR_MS, Member, TestAuthority } from './testing/members.ts';

function pair() {
  const clock = new FakeClock();
  const authority = new TestAuthority();
  const [a, b] = [new Member('a', { clock, authority }), new Member('b', { clock, authority })];
  return { clock, a, b };
}

test('a clock that is a little ahead is tolerated', () => {
  const { clock, a, b } = pair();
  const bytes = a.forge({ issuedAt: clock.now() + 60_000, expiresAt: clock.now() + HOUR_MS });
  expect(b.records.accept(bytes, 'p')).toEqual({ outcome: 'stored' });
});

test('a clock that is far ahead is said once a minute, however many records come from it', () => {
  const { clock, a, b } = pair();
  const warnings = () => b.log.lines.filter(({ level }) => level === 'warn');
  const hear = () => {
    const issuedAt = clock.now() + 120_000;
    b.records.accept(a.forge({ issuedAt, expiresAt: issuedAt + 1_000 }), 'p');
  };
  for (let n = 0; n < 10; n++) hear();
  expect(warnings()).toHaveLength(1);
  expect(b.records.clockProblem()).toContain('begins in 2m: a clock is wrong');
  clock.advance(60_000);
  expect(b.records.clockProblem()).toBeUndefined();
  hear();
  expect(warnings()).toHaveLength(2);
});

test('a node whose clock is far from the members’ says nothing, says why, and speaks again by itself', () => {
  const clock = new FakeClock();
  let offsetMs: number | undefined = 300_000;
  const options = { clock, authority: new TestAuthority(), clockOffsetMs: () => offsetMs };
  const a = new Member('a', options);
  a.records.put('node', 'self', 'a');
  clock.advance(13 * HOUR_MS);
  for (offsetMs of [300_001, -300_001]) {
    const clockOff = expect.objectContaining({ code: 'CLOCK_OFF' });
    expect(() => a.records.put('node', 'self', 'other')).toThrow(clockOff);
    expect(() => a.records.withdraw('node', 'self')).toThrow(clockOff);
    a.records.maintain();
    expect(a.records.ownClockProblem()).toBe(
      `this host’s clock is 300 s ${offsetMs > 0 ? 'behind' : 'ahead of'} the members’ median`,
    );
  }
  const [first] = a.records.snapshot().records();
  expect(first?.content).toMatchObject({ value: 'a', issuedAt: clock.now() - 13 * HOUR_MS });
  offsetMs = undefined;
  expect(a.records.ownClockProblem()).toBeUndefined();
  a.records.maintain();
  expect([...a.records.snapshot().records()][0]?.content.issuedAt).toBe(clock.now());
});
