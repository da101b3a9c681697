import { afterAll, expect, test } from 'bun:test';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../ports/testing/index.ts';
import { readProcessLink } from './process-files.ts';
import { startedAtMs } from './process-start.ts';

/** Two steps of the kernel's clocks and a delay between reading them, on a busy machine. */
const ROUNDING_MS = 500;

const folder = mkdtempSync(join(tmpdir(), 'selvage-start-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a process began when it was started, and is never said to be younger', async () => {
  for (let n = 0; n < 20; n += 1) {
    const before = Date.now();
    const child = Bun.spawn(['sleep', '60']);
    const after = Date.now();
    const started = startedAtMs(child.pid) ?? Number.NaN;
    expect(started).toBeLessThan(after);
    expect(started).toBeGreaterThan(before - ROUNDING_MS);
    child.kill('SIGKILL');
    await child.exited;
  }
});

test('a program that a process executes later does not make it younger', async () => {
  const child = Bun.spawn(['sh', '-c', 'read line; exec sleep 60'], { stdin: 'pipe' });
  await eventually('it waits', () => readProcessLink(`${child.pid}/exe`) !== process.execPath);
  const ofShell = readProcessLink(`${child.pid}/exe`);
  const before = Date.now();
  await Bun.sleep(ROUNDING_MS); // time that passes in the kernel
  child.stdin.write('\n');
  child.stdin.flush();
  await eventually('it is another program', () => readProcessLink(`${child.pid}/exe`) !== ofShell);
  expect(startedAtMs(child.pid)).toBeLessThan(before);
  child.kill('SIGKILL');
  await child.exited;
});

test('the name of a process is not taken for its start', async () => {
  const odd = join(folder, 'a) S 1 1 1');
  copyFileSync('/bin/sleep', odd);
  const before = Date.now();
  const child = Bun.spawn([odd, '60']);
  expect(startedAtMs(child.pid)).toBeGreaterThan(before - ROUNDING_MS);
  child.kill('SIGKILL');
  await child.exited;
});

test('a process that ended has no start', () => {
  const { pid } = Bun.spawnSync(['true']);
  expect(startedAtMs(pid)).toBeUndefined();
});
