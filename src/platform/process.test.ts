import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { hostProcess, isProcessAlive } from './index.ts';

const PLATFORM = JSON.stringify(join(import.meta.dir, 'index.ts'));

/** Runs a script with the platform's exports in scope, its output going through `shell`. */
async function runPiped(script: string, shell: string): Promise<{ out: string; code: number }> {
  const source = `import * as platform from ${PLATFORM}; ${script}`;
  const child = Bun.spawn(
    ['bash', '-c', `"$0" -e "$1" | ${shell}; exit \${PIPESTATUS[0]}`, process.execPath, source],
    { stdout: 'pipe' },
  );
  return { out: await new Response(child.stdout).text(), code: await child.exited };
}

test('output that a slow reader has not taken yet arrives before the process ends', async () => {
  const script = `
    platform.processTerminal().write('x'.repeat(5_000_000));
    setInterval(() => undefined, 60_000);
    platform.exitAfterOutput(7);`;
  expect(await runPiped(script, 'wc -c')).toEqual({
    out: '5000000\n',
    code: 7,
  });
});

test('a reader that goes away ends the process without a word', async () => {
  const script = `
    const terminal = platform.processTerminal();
    setInterval(() => terminal.write('x'.repeat(100_000)), 1);`;
  expect(await runPiped(script, 'head -c 3')).toEqual({ out: 'xxx', code: 141 });
});

test('a process is alive until it ended', async () => {
  expect(isProcessAlive(hostProcess().pid)).toBe(true);
  const child = Bun.spawn(['true']);
  await child.exited;
  expect(isProcessAlive(child.pid)).toBe(false);
});

test('a rejection that nobody waited for is told, and does not end the process', async () => {
  const program = `
    import { onUnhandledRejection } from ${JSON.stringify(join(import.meta.dir, 'process.ts'))};
    onUnhandledRejection((reason) => console.log('told:', reason.message));
    void Promise.reject(new Error('lost'));
    setTimeout(() => console.log('alive'), 20);
  `;
  const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe' });
  expect(await new Response(child.stdout).text()).toBe('told: lost\nalive\n');
  expect(await child.exited).toBe(0);
});
