import { expect, test } from 'bun:test';
import { FakeClock } from '../ports/testing/index.ts';
import { firstSuccess } from './first-success.ts';

const STAGGER_MS = 1_000;

/** Attempts that end when the test says so, and the names of those that were begun. */
function stage(...names: readonly string[]) {
  const begun: string[] = [];
  const ends = new Map(names.map((name) => [name, Promise.withResolvers<string>()]));
  const attempts = [...ends].map(([name, { promise }]) => () => {
    begun.push(name);
    return promise;
  });
  const clock = new FakeClock();
  const first = firstSuccess(attempts, STAGGER_MS, clock);
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  };
  const fail = (name: string) => ends.get(name)?.reject(new Error(name));
  const succeed = (name: string) => ends.get(name)?.resolve(name);
  return { begun, clock, first, settle, fail, succeed };
}

test('the second is not begun while the first may still answer soon', async () => {
  const { begun, clock, first, succeed, settle } = stage('a', 'b');
  clock.advance(STAGGER_MS - 1);
  succeed('a');
  expect(await first).toBe('a');
  clock.advance(STAGGER_MS);
  await settle();
  expect(begun).toEqual(['a']);
});

test('who is slow may still be the one that answers', async () => {
  const { begun, clock, first, succeed } = stage('a', 'b', 'c');
  clock.advance(STAGGER_MS);
  expect(begun).toEqual(['a', 'b']);
  succeed('a');
  expect(await first).toBe('a');
});

test('a failure is followed by the next one at once, and nothing is given when all have failed', async () => {
  const { begun, clock, first, fail, settle } = stage('a', 'b', 'c');
  fail('a');
  await settle();
  expect(begun).toEqual(['a', 'b']);
  clock.advance(STAGGER_MS);
  expect(begun).toEqual(['a', 'b', 'c']);
  fail('c');
  fail('b');
  expect(await first).toBeUndefined();
  expect(await firstSuccess([], STAGGER_MS, clock)).toBeUndefined();
});
