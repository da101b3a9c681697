import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Fence, fencesOf } from './fences.ts';

/**
 * Runs the README's tour as a person would. Blocks marked `tour` run in order in one directory; one
 * with `shell=NAME` stays in a shell of its own until `ctrl-c=NAME` or the end. The block after each
 * shows its output, in which `…` stands for anything.
 */
const root = resolve(import.meta.dir, '..');
const directory = mkdtempSync(join(tmpdir(), 'selvage-tour-'));
/** Longer than a node waits until it asks a peer for news by itself. */
const STEP_LIMIT_MS = 40_000;

/** A program that stays, and all that it has printed so far. */
interface Shell {
  readonly child: Bun.Subprocess;
  printed: string;
}
const shells = new Map<string, Shell>();

afterAll(async () => {
  for (const { child } of shells.values()) child.kill('SIGTERM');
  await Promise.all([...shells.values()].map(({ child }) => child.exited));
  rmSync(directory, { recursive: true });
});

/** A port that is free now. */
const freePort = (): Promise<number> =>
  new Promise((found, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** Addresses and ports of this run, so that it meets neither a person's tour nor another run. */
const own: readonly (readonly [shown: RegExp, used: string])[] = [
  [/\b127\.0\.0\.(1[12])\b/g, `127.0.${20 + (process.pid % 200)}.$1`],
  [/\b8080\b/g, String(await freePort())],
  [/\b9001\b/g, String(await freePort())],
];
const owned = (text: string): string =>
  own.reduce((result, [shown, used]) => result.replaceAll(shown, used), text);

function spawn(commands: string): Bun.Subprocess<'ignore', 'pipe', 'inherit'> {
  const script = owned(commands).replaceAll('npx selvage', join(root, 'bin', 'selvage'));
  const { PATH = '', HOME = directory } = process.env;
  return Bun.spawn(['sh', '-euc', `exec 2>&1; ${script}`], {
    cwd: directory,
    // Python shows its lines at once on a terminal; here it has to be told.
    env: { PATH, HOME, SELVAGE_RUNTIME_DIR: join(directory, 'run'), PYTHONUNBUFFERED: '1' },
    stdin: 'ignore',
    stdout: 'pipe',
  });
}

/** Compares as a person does: runs of spaces are one, `…` is anything, a line `…` any lines. */
function patternOf(shown: string): RegExp {
  const lines = owned(shown).trimEnd().split('\n');
  const parts = lines.map((line) =>
    line.trim() === '…'
      ? '(?:.*\\n)*?'
      : `${squeezed(line).split('…').map(escapeRegExp).join('.*')}\\n`,
  );
  return new RegExp(parts.join(''));
}
const squeezed = (line: string): string => line.trim().replaceAll(/\s+/g, ' ');
const squeezedLines = (text: string): string => `${text.split('\n').map(squeezed).join('\n')}\n`;
const escapeRegExp = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const shows = (printed: string, shown: string): boolean =>
  patternOf(shown).test(squeezedLines(printed));

/** Runs a block to its end; views are asked again until they show what they should. */
async function runOnce(block: Fence): Promise<string> {
  const child = spawn(block.text);
  const timer = setTimeout(() => child.kill(), STEP_LIMIT_MS);
  const printed = await new Response(child.stdout).text();
  const code = await child.exited;
  clearTimeout(timer);
  const expected = Number(block.marks.exits ?? 0);
  if (code !== expected) {
    throw new Error(`README.md:${block.line}: exit code ${code} and not ${expected}\n${printed}`);
  }
  return printed;
}

const isView = ({ text }: Fence): boolean => /^npx selvage (get|status)\b.*\n$/.test(text);

async function runToEnd(block: Fence, shown: string | undefined): Promise<void> {
  const deadline = Date.now() + STEP_LIMIT_MS;
  let printed = await runOnce(block);
  while (shown !== undefined && !shows(printed, shown)) {
    if (!isView(block) || Date.now() > deadline) throw unlike(block, shown, printed);
    printed = await runOnce(block);
  }
}

/** Starts a block that stays, and waits until it has printed what it should. */
async function start(name: string, block: Fence, shown: string): Promise<void> {
  const child = spawn(`exec ${block.text}`);
  const shell: Shell = { child, printed: '' };
  shells.set(name, shell);
  const enough = Promise.withResolvers<void>();
  const timer = setTimeout(enough.resolve, STEP_LIMIT_MS);
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const chunk of child.stdout) {
      shell.printed += decoder.decode(chunk, { stream: true });
      if (shows(shell.printed, shown)) enough.resolve();
    }
    enough.resolve();
  })();
  await Promise.race([enough.promise, reading]);
  clearTimeout(timer);
  if (!shows(shell.printed, shown)) throw unlike(block, shown, shell.printed);
}

async function pressControlC(name: string): Promise<void> {
  const shell = shells.get(name);
  if (shell === undefined) throw new Error(`the tour has no shell '${name}'`);
  shell.child.kill('SIGINT');
  expect(await shell.child.exited).toBe(0);
}

const unlike = (block: Fence, shown: string, printed: string): Error =>
  new Error(
    `README.md:${block.line}: the output is another than the one shown\n` +
      `--- shown\n${owned(shown)}--- printed\n${printed}`,
  );

const fences = fencesOf(readFileSync(join(root, 'README.md'), 'utf8'));
const missing = ['python3', 'curl'].filter((program) => Bun.which(program) === null);

test.skipIf(missing.length > 0)(
  'the tour in README.md works as it is written (needs python3 and curl)',
  async () => {
    symlinkSync(join(root, 'examples'), join(directory, 'examples'));
    for (const [index, block] of fences.entries()) {
      if (block.marks.tour === undefined) continue;
      const next = fences[index + 1];
      const shown = next?.language === 'text' ? next.text : undefined;
      const { shell, 'ctrl-c': stopped } = block.marks;
      if (stopped !== undefined) await pressControlC(stopped);
      else if (shell !== undefined) await start(shell, block, shown ?? '');
      else await runToEnd(block, shown);
    }
  },
  180_000,
);

test('the tour founds a mesh, lets a node in, makes rules, calls, is refused, and loses a node', () => {
  const commands = fences.filter(({ marks }) => marks.tour !== undefined).map(({ text }) => text);
  const words = ['init', 'node', 'apply', 'token', 'join', 'authority', 'get', 'run', 'explain'];
  for (const word of words) expect(commands.join('')).toContain(`npx selvage ${word} `);
});
