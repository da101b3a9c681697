import { expect, test } from 'bun:test';
import { runCommandLine } from './testing/index.ts';

const script = async (shell: string): Promise<string> =>
  (await runCommandLine(['completion', shell])).out;

/** What bash would offer after these words, the last one unfinished. */
async function offered(...words: string[]): Promise<string[]> {
  const quoted = words.map((word) => `'${word}'`).join(' ');
  const ask = `
    COMP_WORDS=(selvage ${quoted}); COMP_CWORD=${words.length}
    _selvage; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const bash = Bun.spawn(['bash', '-u', '-c', `${await script('bash')}\n${ask}`], {
    cwd: '/proc/self/fdinfo', // a directory whose files are numbers, so that no file name is offered
    stdout: 'pipe',
    stderr: 'pipe',
  });
  expect(await new Response(bash.stderr).text()).toBe('');
  return (await new Response(bash.stdout).text()).split('\n').filter((line) => line !== '');
}

test('bash completes commands, their commands, and their flags', async () => {
  expect(await offered('exp')).toEqual(['explain']);
  expect(await offered('get', 'no')).toEqual(['nodes']);
  expect(await offered('help', 'exp')).toEqual(['explain']);
  expect(await offered('get', 'nodes', '--wa')).toEqual(['--watch']);
  expect(await offered('token', 'create', '--life', '1h', '--na')).toEqual(['--name']);
});

test('a program that only the demo starts is not offered', async () => {
  expect(await offered('demo')).toEqual(['demo']);
});

for (const [shell, check] of [
  ['bash', ['bash', '-n']],
  ['zsh', ['zsh', '-n']],
  ['fish', ['fish', '--no-execute']],
] as const) {
  test.skipIf(Bun.which(shell) === null)(`the script for ${shell} has no mistake`, async () => {
    const parser = Bun.spawn([...check, '/dev/stdin'], {
      stdin: Buffer.from(await script(shell)),
      stderr: 'pipe',
    });
    expect(await new Response(parser.stderr).text()).toBe('');
    expect(await parser.exited).toBe(0);
  });
}

test('every shell’s script knows every command', async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const text = await script(shell);
    for (const path of ['token create', 'get endpoints', 'authority add']) {
      expect([shell, path, text.includes(path)]).toEqual([shell, path, true]);
    }
  }
});
