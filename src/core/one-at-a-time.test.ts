import { expect, test } from 'bun:test';
import { OneAtATime } from './one-at-a-time.ts';

/** Work that waits to be let through, run by run. */
function gated() {
  const gates: (() => void)[] = [];
  const work = new OneAtATime(() => new Promise((resolve) => gates.push(resolve)));
  const letThrough = async () => {
    gates.at(-1)?.();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { work, letThrough, runs: () => gates.length };
}

test('it begins at once', () => {
  const { work, runs } = gated();
  work.want();
  expect(runs()).toBe(1);
});

test('all who ask while it is under way are answered by one more run', async () => {
  const { work, letThrough, runs } = gated();
  for (let asked = 0; asked < 4; asked += 1) work.want();
  expect(runs()).toBe(1);
  await letThrough();
  expect(runs()).toBe(2);
  await letThrough();
  expect(runs()).toBe(2);
});

test('it begins again when it is over', async () => {
  const { work, letThrough, runs } = gated();
  work.want();
  await letThrough();
  work.want();
  expect(runs()).toBe(2);
});
