import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { startAttachedChild } from './attached-child.ts';

test('a child reads what it is written, its lines arrive one by one, and its end is told as a shell tells it', async () => {
  const lines: string[] = [];
  const child = startAttachedChild(['sh', '-c', 'read x; echo "got $x"; echo more; kill -9 $$'], {
    stdin: 'pipe',
    stdout: (line) => lines.push(line),
    stderr: 'inherit',
  });
  child.write('hello\n');
  expect(await child.exited).toBe(137);
  expect(lines).toEqual(['got hello', 'more']);
});

test('telling something to a child that has just been killed is no error', async () => {
  const child = startAttachedChild(['sleep', '10'], {
    stdin: 'pipe',
    stdout: () => undefined,
    stderr: 'inherit',
  });
  child.kill('SIGKILL');
  const isDead = () => readFileSync(`/proc/${child.pid}/stat`, 'utf8').includes(') Z ');
  for (let n = 0; n < 1_000 && !isDead(); n++) Bun.sleepSync(1); // so that it is not reaped meanwhile
  child.write('too late\n');
  expect(await child.exited).toBe(137);
  child.write('much too late\n');
});

test('a program that does not exist is an error that names it', () => {
  expect(() =>
    startAttachedChild(['no-such-program'], {
      stdin: 'none',
      stdout: 'inherit',
      stderr: 'inherit',
    }),
  ).toThrow("'no-such-program' cannot be started");
});
