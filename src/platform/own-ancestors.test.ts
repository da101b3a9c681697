import { afterAll, expect, test } from 'bun:test';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../ports/testing/index.ts';
import { ancestorsOf } from './own-ancestors.ts';

const folder = mkdtempSync(join(tmpdir(), 'selvage-ancestors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts a program that prints the number of a process that waits below it. */
async function below(
  command: readonly string[],
  use: (pid: number, started: number) => void,
): Promise<void> {
  const child = Bun.spawn([...command], { stdout: 'pipe' });
  const { value } = await child.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  try {
    const wordsOf = (one: number) => readFileSync(`/proc/${one}/cmdline`, 'utf8');
    // A shell says the number of its child before that is another program than itself.
    await eventually('a program of its own', () => wordsOf(pid) !== wordsOf(child.pid));
    use(pid, child.pid);
  } finally {
    child.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await child.exited;
  }
}

/** A shell that starts `sleep`, says its number, and waits. */
const SHELL = ['sh', '-c', 'sleep 60 & echo $!; wait'];
/** A program of this runtime that starts another one. */
const spawnsAnother = `const child = Bun.spawn([process.execPath, '-e', 'await Bun.sleep(60_000)']); console.log(child.pid); await child.exited;`;
/** The same by a program of this runtime. */
const spawnsSleep = `const child = Bun.spawn(['sleep', '60']); console.log(child.pid); await child.exited;`;

test('the parents of a process are told nearest first, and which of them are of our program', async () => {
  await below(SHELL, (pid, shell) => {
    const [parent, grandparent] = ancestorsOf(pid);
    expect(parent).toMatchObject({ pid: shell, isOurs: false, isAlike: false });
    expect(grandparent).toMatchObject({ pid: process.pid, isOurs: true });
  });
});

test('a parent that runs this program for this user is ours', async () => {
  await below([process.execPath, '-e', spawnsSleep], (pid, parent) => {
    expect(ancestorsOf(pid)[0]).toMatchObject({ pid: parent, isOurs: true });
  });
});

test('a parent that calls itself by our name is not ours', async () => {
  const named = ['bash', '-c', `exec -a ${process.execPath} sh -c 'sleep 60 & echo $!; wait'`];
  await below(named, (pid, parent) => {
    expect(ancestorsOf(pid)[0]).toMatchObject({ pid: parent, isOurs: false });
  });
});

test('a parent that runs a copy of our program at another path is not ours', async () => {
  const copy = join(folder, 'bun');
  copyFileSync(process.execPath, copy);
  await below([copy, '-e', spawnsSleep], (pid, parent) => {
    expect(ancestorsOf(pid)[0]).toMatchObject({ pid: parent, isOurs: false });
  });
});

const isRoot = process.getuid?.() === 0;
const setpriv = Bun.which('setpriv');

test.skipIf(!isRoot || setpriv === null)(
  'a parent that runs our program for another user is not ours',
  async () => {
    chmodSync(folder, 0o755);
    const as = [setpriv ?? '', '--reuid=12345', '--clear-groups'];
    await below([...as, process.execPath, '-e', spawnsSleep], (pid, parent) => {
      expect(ancestorsOf(pid)[0]).toMatchObject({ pid: parent, isOurs: false });
    });
  },
);

test.skipIf(!isRoot || setpriv === null)(
  'a parent of the same name and user is alike, and still not ours when the user is another',
  async () => {
    const as = [setpriv ?? '', '--reuid=12345', '--clear-groups'];
    await below([...as, process.execPath, '-e', spawnsAnother], (pid, parent) => {
      expect(ancestorsOf(pid)[0]).toMatchObject({ pid: parent, isOurs: false, isAlike: true });
    });
  },
);

test('a process that ended has no parents', () => {
  const { pid } = Bun.spawnSync(['true']);
  expect(ancestorsOf(pid)).toEqual([]);
});
