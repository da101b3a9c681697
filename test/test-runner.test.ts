import { afterEach, beforeEach, expect, setDefaultTimeout, test } from 'bun:test';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isProcessAlive } from '../src/platform/index.ts';
import { until } from './hello-mesh.ts';

/** `npm test` itself, in a project of three files. */
setDefaultTimeout(120_000);

const root = resolve(import.meta.dir, '..');
const INTERRUPTED = 128 + 2; // SIGINT
const FINE = "import { test } from 'bun:test'; test('works', () => undefined);";
let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'test-runner-'));
  for (const folder of ['bench', 'sim', 'src', 'test', 'tmp']) mkdirSync(join(project, folder));
  cpSync(join(root, 'scripts'), join(project, 'scripts'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'src', 'fine.test.ts'), FINE);
});
afterEach(() => rmSync(project, { recursive: true }));

function start(...patterns: readonly string[]) {
  const child = Bun.spawn(['node', 'scripts/test.mjs', ...patterns], {
    cwd: project,
    env: { PATH: process.env.PATH, TMPDIR: join(project, 'tmp') },
    stdout: 'pipe',
    stderr: 'ignore',
  });
  return { child, said: new Response(child.stdout).text() };
}

test('each test is counted, with why it failed, and a file that does not load has failed', async () => {
  const bad = `import { expect, test } from 'bun:test';
    test('fails', () => expect(1).toBe(2)); test.skip('rests', () => undefined);`;
  writeFileSync(join(project, 'src', 'bad.test.ts'), bad);
  writeFileSync(join(project, 'test', 'lost.test.ts'), "import { x } from './nowhere.ts'; x();");
  const { child, said } = start();
  expect(await child.exited).toBe(1);
  const [, failed = ''] = (await said).split('failed:\n');
  expect(failed).toContain('src/bad.test.ts: fails\n      expect(received).toBe(expected)');
  expect(failed).toContain('test/lost.test.ts: did not run, see above');
  const checks = failed.match(/^ {2}(lint and format|types)$/gm)?.length ?? 0;
  expect(failed).toEndWith(`\n${3 - checks} passed, ${2 + checks} failed, 1 skipped\n`);
});

test('a run in which all is well ends with 0', async () => {
  const { child, said } = start('src/fine');
  expect(await said).toEndWith('\n1 passed, 0 failed\n');
  expect(await child.exited).toBe(0);
});

test('an interrupted run leaves no process and no file, and its exit code says so', async () => {
  const started = join(project, 'started');
  const long = `import { test } from 'bun:test';
    test('waits', async () => {
      const { pid } = Bun.spawn({ cmd: ['sleep', '600'], detached: true, env: { OF: process.env.TMPDIR } });
      await Bun.write('${started}', String(pid));
      await Bun.sleep(100_000);
    }, 100_000);`;
  writeFileSync(join(project, 'test', 'long.test.ts'), long);
  const { child, said } = start('long');
  await until('the test waits', () => Bun.file(started).exists());
  child.kill('SIGINT');
  expect(await child.exited).toBe(INTERRUPTED);
  expect(await said).toEndWith('\ninterrupted by SIGINT\n');
  const pid = Number(await Bun.file(started).text());
  await until('it is gone', () => !isProcessAlive(pid));
  expect(readdirSync(join(project, 'tmp'))).toEqual([]);
});
