import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { eventually } from '../ports/testing/index.ts';
import { startChannelChild } from './channel-child.ts';
import { isProcessAlive } from './process.ts';
import { killProcess } from './process-table.ts';

const ENTRY = join(import.meta.dir, 'channel-child.ts');
/** Sends back what it hears, and ends when the other side of the channel does. */
const ECHO = `
  const { parentChannel } = await import(${JSON.stringify(ENTRY)});
  await parentChannel((channel) => ({
    bytes: (bytes) => channel.send(Uint8Array.from(bytes)),
    closed: () => process.exit(7),
  }));
  await new Promise(() => setInterval(() => undefined, 1_000));
`;

async function startEcho() {
  const heard: Uint8Array[] = [];
  let isClosed = false;
  const child = await startChannelChild([process.execPath, '--eval', ECHO], () => ({
    bytes: (bytes) => void heard.push(Uint8Array.from(bytes)),
    closed: () => {
      isClosed = true;
    },
  }));
  return { child, heard: () => Buffer.concat(heard), isClosed: () => isClosed };
}

test('megabytes go both ways, in order', async () => {
  const { child, heard } = await startEcho();
  const sent = new Uint8Array(3 << 20).map((_, index) => index % 251);
  child.channel.send(sent);
  await eventually('the echo', () => heard().length === sent.length, 10_000);
  expect(heard().equals(sent)).toBe(true);
  child.kill('SIGKILL');
  expect(await child.exited).toBe(137);
});

test('each side notices the end of the other', async () => {
  const first = await startEcho();
  first.child.channel.close();
  expect(await first.child.exited).toBe(7);
  const second = await startEcho();
  second.child.kill('SIGKILL');
  await eventually('the end', second.isClosed);
});

test('a child that stands still ends with its parent all the same', async () => {
  const still = `
    const { parentChannel } = await import(${JSON.stringify(ENTRY)});
    await parentChannel((channel) => {
      channel.send(Buffer.from('x'));
      return { bytes: () => undefined, closed: () => undefined };
    });
    for (;;);
  `;
  const parent = `
    const { startChannelChild } = await import(${JSON.stringify(ENTRY)});
    const command = [process.execPath, '--eval', ${JSON.stringify(still)}];
    const child = await startChannelChild(command, () => ({
      bytes: () => console.log(child.pid),
      closed: () => undefined,
    }));
  `;
  const started = Bun.spawn([process.execPath, '--eval', parent], { stdout: 'pipe' });
  const { value } = await started.stdout.getReader().read();
  const pid = Number(new TextDecoder().decode(value));
  expect(isProcessAlive(pid)).toBe(true);
  started.kill('SIGKILL');
  await eventually('its end', () => !isProcessAlive(pid)).finally(() => killProcess(pid));
});

test('a process that nobody started so has no such channel', async () => {
  const started = Bun.spawn([process.execPath, '--eval', ECHO], { stderr: 'pipe' });
  expect(await started.exited).toBe(1);
  expect(await new Response(started.stderr).text()).toContain('was not started by another of ours');
});
