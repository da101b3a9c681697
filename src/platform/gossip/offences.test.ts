import { expect, test } from 'bun:test';
import { FakeClock } from '../../ports/testing/index.ts';
import { Offences } from './offences.ts';

test('offences add up, and fade by half each minute', () => {
  const clock = new FakeClock();
  const offences = new Offences(clock);
  for (let i = 0; i < 8; i++) offences.add('p');
  expect(offences.of('p')).toBe(8);
  expect(offences.of('q')).toBe(0);
  clock.advance(60_000);
  expect(offences.of('p')).toBeCloseTo(4);
  offences.add('p');
  expect(offences.of('p')).toBeCloseTo(5);
});

test('only so many offenders are remembered, the latest of them', () => {
  const offences = new Offences(new FakeClock());
  for (let i = 0; i <= 1_024; i++) offences.add(`p${i}`);
  expect(offences.of('p0')).toBe(0);
  expect(offences.of('p1024')).toBe(1);
});
