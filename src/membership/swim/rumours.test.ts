import { expect, test } from 'bun:test';
import { MAX_RUMOURS } from './limits.ts';
import type { LifeClaim } from './message.ts';
import { Rumours } from './rumours.ts';

const life = (subject: number): LifeClaim => ({
  about: 'life',
  subject,
  incarnation: 1,
  leaving: false,
  signature: new Uint8Array(0),
});
const subjects = (rumours: Rumours, count: number, maxSends = 2) =>
  rumours.take(count, maxSends).map(({ subject }) => subject);

test('what was sent least often goes first, of that the newest, and each as often as it may', () => {
  const rumours = new Rumours(() => true);
  for (const subject of [1, 2, 3]) rumours.add(life(subject));
  expect(subjects(rumours, 2)).toEqual([3, 2]);
  rumours.add(life(4));
  expect(subjects(rumours, 3)).toEqual([4, 1, 2]);
  expect(subjects(rumours, 14).sort()).toEqual([1, 3, 4]);
  expect(subjects(rumours, 14)).toEqual([]);
  expect(rumours.size).toBe(0);
});

test('what later news has overtaken is not told any more', () => {
  const overtaken = new Set([2]);
  const rumours = new Rumours(({ subject }) => !overtaken.has(subject));
  for (const subject of [1, 2, 3]) rumours.add(life(subject));
  expect(subjects(rumours, 14)).toEqual([3, 1]);
  rumours.forget(3);
  expect(subjects(rumours, 14)).toEqual([1]);
});

test('of more than fit, those that were sent most often are let go', () => {
  const rumours = new Rumours(() => true);
  for (let subject = 0; subject < MAX_RUMOURS; subject++) rumours.add(life(subject));
  const sent = subjects(rumours, 10);
  for (let i = 0; i < 10; i++) rumours.add(life(MAX_RUMOURS + i));
  expect(rumours.size).toBe(MAX_RUMOURS);
  const left = new Set(subjects(rumours, MAX_RUMOURS));
  expect(sent.some((subject) => left.has(subject))).toBe(false);
});
