import { afterAll, expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../ports/testing/index.ts';
import { ExecutableDigests, type ExecutableFile, executableOf } from './executable-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'selvage-executable-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SLEEP = Bun.which('sleep') ?? '/bin/sleep';
const sha256 = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');

/** A copy of `sleep` at a path of its own. */
function copyOfSleep(name: string): string {
  const path = join(folder, name);
  copyFileSync(SLEEP, path);
  return path;
}

/** Starts a program, and waits until it is what the process runs. */
async function running(
  command: readonly string[],
  use: (pid: number, file: ExecutableFile) => Promise<void>,
): Promise<void> {
  const child = Bun.spawn([...command]);
  const runs = () => executableOf(child.pid)?.path !== executableOf(process.pid)?.path;
  try {
    await eventually('it runs', runs);
    const file = executableOf(child.pid);
    if (file === undefined) throw new Error('it ended');
    await use(child.pid, file);
  } finally {
    child.kill('SIGKILL');
    await child.exited;
  }
}

test('the digest is that of the bytes that run', async () => {
  const path = copyOfSleep('plain');
  await running([path, '60'], async (pid, file) => {
    expect(file.path).toBe(path);
    expect(await new ExecutableDigests().of(pid, file)).toBe(sha256(SLEEP));
  });
});

test('an executable that was deleted has no path, and the digest of what runs', async () => {
  const path = copyOfSleep('deleted');
  await running([path, '60'], async (pid) => {
    rmSync(path);
    const file = executableOf(pid);
    expect(file?.path).toStartWith('(unreachable)');
    expect(await new ExecutableDigests().of(pid, file ?? { path })).toBe(sha256(SLEEP));
  });
});

test('an executable that was replaced has the digest of what runs, not of what lies there', async () => {
  const path = copyOfSleep('replaced');
  await running([path, '60'], async (pid) => {
    const other = join(folder, 'other');
    writeFileSync(other, '#!/bin/sh\n');
    renameSync(other, path);
    const file = executableOf(pid);
    expect(file?.path).toStartWith('(unreachable)');
    expect(await new ExecutableDigests().of(pid, file ?? { path })).toBe(sha256(SLEEP));
  });
});

test('a script runs as its interpreter', async () => {
  const script = join(folder, 'script');
  writeFileSync(script, '#!/bin/sh\nread line\n', { mode: 0o755 });
  const shell = Bun.spawn([script], { stdin: 'pipe' });
  await eventually('it runs', () => executableOf(shell.pid)?.path.endsWith('sh') === true);
  const file = executableOf(shell.pid);
  expect(file?.path).not.toBe(script);
  shell.kill('SIGKILL');
  await shell.exited;
});

test('a process that runs something else by now has no digest of what it ran before', async () => {
  await running([copyOfSleep('before'), '60'], async (_, file) => {
    expect(await new ExecutableDigests().of(process.pid, file)).toBeUndefined();
  });
});

test('a file is read once for all that run it, and one at a time', async () => {
  const path = copyOfSleep('shared');
  const digests = new ExecutableDigests();
  await running([path, '60'], async (pid, file) => {
    const all = await Promise.all([digests.of(pid, file), digests.of(pid, file)]);
    expect(all).toEqual([sha256(SLEEP), sha256(SLEEP)]);
    // A process without a number could not be read: what is known is not read again.
    expect(await digests.of(0, file)).toBe(sha256(SLEEP));
    expect(await digests.of(0, { ...file, identity: 'another' })).toBeUndefined();
  });
});

test('a file that is larger than any program is not read', async () => {
  const path = copyOfSleep('large');
  truncateSync(path, 600 * 1_024 * 1_024); // sparse: it takes no room
  await running([path, '60'], async (pid, file) => {
    expect(await new ExecutableDigests().of(pid, file)).toBeUndefined();
  });
});

test('a process that ended runs nothing', () => {
  const { pid } = Bun.spawnSync(['true']);
  expect(executableOf(pid)).toBeUndefined();
});

const unshare = Bun.which('unshare');
const isRoot = process.getuid?.() === 0;

test.skipIf(unshare === null || !isRoot)(
  'a program at the same path of another mount namespace is not taken for ours',
  async () => {
    const [path, other] = [copyOfSleep('ours'), copyOfSleep('theirs')];
    const script = `mount --bind ${other} ${path} && exec ${path} 60`;
    await running([unshare ?? '', '-m', 'sh', '-c', script], async (pid) => {
      const isIt = () => executableOf(pid)?.path.endsWith('/ours') === true;
      await eventually('the program runs', isIt);
      expect(executableOf(pid)?.path).toBe(`(unreachable)${path}`);
    });
  },
);
