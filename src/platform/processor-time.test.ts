import { expect, test } from 'bun:test';
import { threadProcessorMs } from './processor-time.ts';

test('processor time passes while this thread works, and not while it waits', async () => {
  const before = threadProcessorMs();
  await Bun.sleep(50);
  const waited = threadProcessorMs();
  const end = performance.now() + 10_000;
  while (threadProcessorMs() < waited + 50) expect(performance.now()).toBeLessThan(end);
  expect(waited - before).toBeLessThan(50);
});
