import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';

const ROOT = join(import.meta.dir, '..');
const IS_NIGHTLY = process.env.SELVAGE_TEST_SIZE === 'nightly';
/** By night as large as what is promised, by day a few small ones. */
const SIZE = IS_NIGHTLY ? ['--seeds', '1..100'] : ['--seeds', '1..6', '--nodes', '30'];
const SAME_AGAIN = ['--seeds', '1..2', ...SIZE.slice(2)];
/** Of all runs together; they take a tenth of it on a machine that does nothing else. */
setDefaultTimeout(IS_NIGHTLY ? 3_600_000 : 100_000);

interface Report {
  readonly seed: number;
  readonly sets: number;
  readonly trace: string;
  readonly checks: readonly { readonly promise: string; readonly breaches: readonly string[] }[];
}

async function reports(size: readonly string[]): Promise<readonly Report[]> {
  const command = [process.execPath, 'sim/main.ts', '--scenario', 'trust', ...size, '--json'];
  const child = Bun.spawn(command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = (await new Response(child.stdout).text()).trim().split('\n');
  return lines.map((line) => JSON.parse(line)); // one document a line, by --json
}

test('authorities that publish apart, crash and lie come to one signed set, and a day lived again is the same', async () => {
  const first = await reports(SIZE);
  const broken = first.flatMap(({ seed, checks }) =>
    checks
      .filter(({ breaches }) => breaches.length > 0)
      .map(({ promise, breaches }) => ({ seed, promise, breaches })),
  );
  expect(broken).toEqual([]);
  expect(first.map(({ sets }) => sets)).toEqual(first.map(() => 1));
  const again = await reports(SAME_AGAIN);
  expect(again.map(({ trace }) => trace)).toEqual(
    first.slice(0, again.length).map(({ trace }) => trace),
  );
  expect(new Set(first.map(({ trace }) => trace)).size).toBe(first.length);
});
