import { expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';

const ROOT = join(import.meta.dir, '..');
/** More by night, where nobody waits. */
const SEEDS = process.env.SELVAGE_TEST_SIZE === 'nightly' ? '1..200' : '1..20';
const SAME_AGAIN = '1..6';
/** Of all runs together; they take a twentieth of it on a machine that does nothing else. */
const TIMEOUT_MS = process.env.SELVAGE_TEST_SIZE === 'nightly' ? 1_800_000 : 400_000;

interface Report {
  readonly seed: number;
  readonly trace: string;
  readonly checks: readonly { readonly promise: string; readonly breaches: readonly string[] }[];
}

/** One report for each seed, from a process of its own. */
async function reports(seeds: string): Promise<readonly Report[]> {
  const command = [process.execPath, 'sim/main.ts', '--seeds', seeds, '--json'];
  const child = Bun.spawn(command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = (await new Response(child.stdout).text()).trim().split('\n');
  return lines.map((line) => JSON.parse(line)); // one document a line, by --json
}

setDefaultTimeout(TIMEOUT_MS);

test('every promise is kept through a swarm of bad days, and a day lived again is the same to the last event', async () => {
  const first = await reports(SEEDS);
  const broken = first.flatMap(({ seed, checks }) =>
    checks
      .filter(({ breaches }) => breaches.length > 0)
      .map(({ promise, breaches }) => ({ seed, promise, breaches })),
  );
  expect(broken).toEqual([]);
  const again = await reports(SAME_AGAIN);
  expect(again.map(({ trace }) => trace)).toEqual(
    first.slice(0, again.length).map(({ trace }) => trace),
  );
  expect(new Set(first.map(({ trace }) => trace)).size).toBe(first.length);
});

test('a mistake on the command line is said with what to do, and ends with the exit code for it', async () => {
  const command = [process.execPath, 'sim/main.ts', '--nodes', '0'];
  const child = Bun.spawn(command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = await new Response(child.stderr).text();
  expect(await child.exited).toBe(2);
  expect(said).toBe(
    "sim: option '--nodes <n>' argument '0' is invalid. '0' is no number of nodes: write one from 2 to 20000.\n" +
      '  try: npm run sim -- --help\n',
  );
});

test('a run says what was measured and checked, and ends with its verdict', async () => {
  const command = [process.execPath, 'sim/main.ts', '--nodes', '5', '--minutes', '0.2'];
  const child = Bun.spawn(command, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = (await new Response(child.stdout).text()).trimEnd().split('\n');
  expect(await child.exited).toBe(0);
  expect(lines[0]).toBe('ordinary: 5 nodes, 12 s of virtual time, seed 1');
  expect(lines).toContain('  ok    nothing that was acknowledged is lost');
  expect(lines.at(-1)).toBe('sim: ok');
});
