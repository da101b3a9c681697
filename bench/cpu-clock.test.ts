import { expect, test } from 'bun:test';
import { cpuMicros } from './cpu-clock.ts';

test('CPU time is that of a process and of all below it', async () => {
  const busy = 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done';
  // The inner one ends by itself only when nobody reads its input any more.
  const child = Bun.spawn(['sh', '-c', `sh -c '${busy}; echo done; read end'; true`], {
    stdin: 'pipe',
    stdout: 'pipe',
  });
  for await (const _done of child.stdout) break;
  const all = cpuMicros([child.pid]);
  expect(all).toBeGreaterThan(10_000);
  expect(cpuMicros([process.pid])).toBeGreaterThan(all);
  child.stdin.end();
  await child.exited;
});

test('a process that is gone has no CPU time to tell', async () => {
  const child = Bun.spawn(['true']);
  await child.exited;
  expect(() => cpuMicros([child.pid])).toThrow(`no process ${child.pid}`);
});
