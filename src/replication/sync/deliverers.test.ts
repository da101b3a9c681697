import { expect, test } from 'bun:test';
import { FakeClock } from '../../ports/testing/index.ts';
import { Member, TestAuthority } from '../testing/members.ts';
import { Deliverers } from './deliverers.ts';
import { UNPROVEN_AT_ONCE, UNPROVEN_PERIOD_MS } from './limits.ts';

const refused = (reason: 'writer' | 'signature' | 'too-long-lived' | 'too-fast' | 'expired') =>
  ({ outcome: 'refused', reason }) as const;

/** What is made of a peer that delivers this so often. */
function verdicts(deliverers: Deliverers, times: number, from = 'p') {
  const all = Array.from({ length: times }, () => deliverers.verdict(refused('writer'), from));
  return { ignored: all.filter((one) => one === 'ignore').length, last: all.at(-1) };
}

test('credentials that do not hold cannot be sent without end: after some they count against who delivers them', () => {
  const clock = new FakeClock();
  const options = { clock, authority: new TestAuthority() };
  const [stranger, b] = [new Member('liar', options), new Member('b', options)];
  options.authority.distrusted.add('liar');
  const deliverers = new Deliverers(clock);
  for (let n = 0; n <= UNPROVEN_AT_ONCE; n++) {
    const acceptance = b.records.accept(stranger.forge({ key: `${n}` }), 'p');
    const verdict = deliverers.verdict(acceptance, 'p');
    expect(verdict).toBe(n < UNPROVEN_AT_ONCE ? 'ignore' : 'reject');
  }
});

test('a member that knew a new authority earlier is forgiven with time, and others are not judged with it', () => {
  const clock = new FakeClock();
  const deliverers = new Deliverers(clock);
  const many = 2 * UNPROVEN_AT_ONCE;
  expect(verdicts(deliverers, many)).toEqual({ ignored: UNPROVEN_AT_ONCE, last: 'reject' });
  expect(verdicts(deliverers, 1, 'other').last).toBe('ignore');
  clock.advance(10 * UNPROVEN_PERIOD_MS);
  expect(verdicts(deliverers, many)).toEqual({ ignored: 10, last: 'reject' });
  clock.advance(10 * UNPROVEN_AT_ONCE * UNPROVEN_PERIOD_MS);
  expect(verdicts(deliverers, many).ignored).toBe(UNPROVEN_AT_ONCE);
});

test('what no honest member passes on counts at once, what time explains never', () => {
  const deliverers = new Deliverers(new FakeClock());
  expect(deliverers.verdict(refused('signature'), 'p')).toBe('reject');
  expect(deliverers.verdict(refused('too-long-lived'), 'p')).toBe('reject');
  for (let n = 0; n <= UNPROVEN_AT_ONCE; n++) {
    expect(deliverers.verdict(refused('too-fast'), 'p')).toBe('ignore');
    expect(deliverers.verdict(refused('expired'), 'p')).toBe('ignore');
  }
});
