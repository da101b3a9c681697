import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { killProcess, processesWith } from '../src/platform/index.ts';
import { eventually } from '../src/ports/testing/index.ts';

const root = resolve(import.meta.dir, '..');
const EXECUTABLE = join(root, 'dist', 'selvage');
const BUILD_LIMIT_MS = 120_000;
const WHOLE_LIMIT_MS = 300_000; // a minute alone, and twice as long beside others
const STEP_LIMIT_MS = 90_000; // ten seconds alone
/** In the environment of all that a test starts, so that it finds what is left. */
const MARK = 'DEMO_TEST';

let scratch: string;
let home: string;
let temporary: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'demo-test-'));
  home = join(scratch, 'empty');
  temporary = join(scratch, 'tmp');
  for (const directory of [home, temporary]) mkdirSync(directory);
});

afterEach(() => {
  for (const pid of processesWith(MARK, scratch)) killProcess(pid);
  rmSync(scratch, { recursive: true, force: true });
});

interface DemoRun {
  /** All that it has printed so far. */
  said(): string;
  /** Resolves when it has printed `words`; rejects when it ends without them. */
  says(words: string): Promise<void>;
  interrupt(): void;
  readonly exited: Promise<number>;
}

/** Starts `selvage demo <args>` in an empty directory. */
function startDemo(selvage: string, ...args: string[]): DemoRun {
  const child = Bun.spawn([selvage, 'demo', ...args], {
    cwd: home,
    env: { ...process.env, TMPDIR: temporary, [MARK]: scratch },
    stdout: 'pipe',
    stderr: 'inherit',
  });
  let text = '';
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stdout) text += decoder.decode(bytes, { stream: true });
  };
  const whole = read();
  return {
    said: () => text,
    says: async (words) => {
      const over = () => text.includes(words) || child.exitCode !== null;
      await eventually(`'${words}'`, over, STEP_LIMIT_MS);
      expect(text).toContain(words);
    },
    interrupt: () => child.kill('SIGINT'),
    exited: whole.then(() => child.exited),
  };
}

const lastLine = (text: string): string | undefined => text.trimEnd().split('\n').at(-1);

function expectNothingLeft(): void {
  expect(processesWith(MARK, scratch)).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(home)).toEqual([]);
}

describe('the single executable, in an empty directory', () => {
  beforeAll(async () => {
    const build = Bun.spawn([process.execPath, join(root, 'scripts', 'build.mjs')], {
      stdout: 'ignore',
      stderr: 'inherit',
    });
    expect(await build.exited).toBe(0);
  }, BUILD_LIMIT_MS);

  test(
    'keeps every promise of the demo, and leaves neither a process nor a file behind',
    async () => {
      const demo = startDemo(EXECUTABLE, '--exit');
      const code = await demo.exited;
      expect(demo.said()).not.toContain('FAIL');
      const count = demo.said().includes('skip     names') ? 16 : 17; // port 80 needs its right
      expect(lastLine(demo.said())).toBe(`demo: ${count} checks passed, 0 failed`);
      expect(code).toBe(0);
      expectNothingLeft();
    },
    WHOLE_LIMIT_MS,
  );
});

describe('the demo of a clone, at Ctrl-C', () => {
  for (const [when, words] of [
    ['while the shop opens', 'n1 made the mesh'],
    ['once it is open', 'Ctrl-C'],
  ] as const) {
    test(
      `ends everything ${when}, and says so`,
      async () => {
        const demo = startDemo(join(root, 'bin', 'selvage'));
        await demo.says(words);
        expect(processesWith(MARK, scratch).length).toBeGreaterThan(1);
        demo.interrupt();
        expect(await demo.exited).toBe(0);
        expect(lastLine(demo.said())).toContain('nothing of it runs any more');
        expectNothingLeft();
      },
      2 * STEP_LIMIT_MS,
    );
  }
});
