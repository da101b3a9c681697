import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { Announcement } from './announcement.ts';

test('what could not be told is told again by itself, until it could be', () => {
  const clock = new FakeClock();
  const told: boolean[] = [];
  let isFull = true;
  const announcement = new Announcement(clock, ({ ready }) => {
    if (isFull) return false;
    told.push(ready);
    return true;
  });
  announcement.say({ port: 4_000, ready: false });
  clock.advance(60_000);
  isFull = false;
  clock.advance(10_000);
  expect(told).toEqual([false]);
  clock.advance(60_000);
  expect(told).toEqual([false]);
});
