import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, startChild } from './children.ts';
import { descendantsOf, memoryOf, processesWith, resetPeakMemory } from './process-table.ts';

const directory = mkdtempSync(join(tmpdir(), 'children-'));
afterAll(() => rmSync(directory, { recursive: true }));

const MIB = 1_048_576;
const environment = (extra: Record<string, string> = {}) => ({
  PATH: process.env.PATH,
  ...extra,
});

test('a command gives back its code and both of its streams', async () => {
  const command = ['sh', '-c', 'echo out; echo err >&2; exit 3'];
  const result = await runCommand({
    command,
    directory,
    environment: environment(),
    timeoutMs: 5_000,
  });
  expect(result).toEqual({ code: 3, signal: null, output: 'out\n', errorOutput: 'err\n' });
});

test('a command that does not end is killed at its time limit', async () => {
  const result = await runCommand({
    command: ['sleep', '60'],
    directory,
    environment: environment(),
    timeoutMs: 50,
  });
  expect(result.signal).toBe('SIGKILL');
});

test('a child writes to its log, is found with its children by its mark, and ends when told', async () => {
  const logPath = join(directory, 'child.log');
  const mark = crypto.randomUUID();
  const child = startChild({
    command: ['sh', '-c', 'echo started; sleep 61; true'],
    directory,
    environment: environment({ CHILDREN_TEST: mark }),
    logPath,
  });
  try {
    while (!readFileSync(logPath, 'utf8').includes('started')) await Bun.sleep(5);
    // Between fork and exec the child of the shell still looks like the shell.
    const below = () => descendantsOf(child.pid).map(({ args }) => args.join(' '));
    while (!below().includes('sleep 61')) await Bun.sleep(5);
    expect(below()).toEqual(['sleep 61']);
    const marked = processesWith('CHILDREN_TEST', mark);
    expect(marked).toContain(child.pid);
    expect(marked).toHaveLength(2);
    expect(child.ended()).toBeUndefined();
  } finally {
    for (const pid of processesWith('CHILDREN_TEST', mark)) process.kill(pid, 'SIGKILL');
  }
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(child.ended()).toEqual({ code: null, signal: 'SIGKILL' });
  expect(descendantsOf(child.pid)).toEqual([]);
  expect(memoryOf(child.pid)).toBeUndefined();
});

test('the peak of memory is what was used since it was reset', () => {
  new Uint8Array(64 * MIB).fill(1);
  Bun.gc(true);
  resetPeakMemory(process.pid);
  const before = memoryOf(process.pid);
  // More than what earlier tests may have left the process holding.
  const used = new Uint8Array(512 * MIB).fill(1);
  const after = memoryOf(process.pid);
  expect((after?.peakBytes ?? 0) - (before?.residentBytes ?? 0)).toBeGreaterThan(128 * MIB);
  expect(used.length).toBe(512 * MIB);
});
