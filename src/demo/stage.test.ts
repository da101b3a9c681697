import { afterEach, expect, test } from 'bun:test';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { isProcessAlive, processesWith, startChild } from '../platform/index.ts';
import { eventually } from '../ports/testing/index.ts';
import { FreePorts } from './free-ports.ts';
import { listenOn } from './listening.ts';
import { Stage } from './stage.ts';

const stages: Stage[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close(false);
});

function newStage(): Stage {
  const stage = new Stage();
  stages.push(stage);
  return stage;
}

test('a command that fails says which one, and what it printed', async () => {
  const stage = newStage();
  await expect(stage.run(['no-such-command'])).rejects.toMatchObject({
    code: 'DEMO_COMMAND_FAILED',
    message: expect.stringContaining('selvage no-such-command: gave 2: error['),
  });
});

test('the stage is for its owner alone, and is gone afterwards with all that ran on it', async () => {
  const stage = newStage();
  expect(statSync(stage.directory).mode & 0o777).toBe(0o700);
  expect(join(stage.directory, 'rogue', 'workload.sock').length).toBeLessThan(104);
  const port = await new FreePorts({ wishes: false }).take('127.0.0.1');
  const service = stage.start('catalog', ['demo-service', 'catalog', '--port', String(port)]);
  expect(isProcessAlive(service.pid)).toBe(true);
  await eventually('the mark to be seen', () =>
    processesWith('DEMO_STAGE', stage.directory).includes(service.pid),
  );
  await stage.close(false);
  expect(service.ended()).toBeDefined();
  expect(processesWith('DEMO_STAGE', stage.directory)).toEqual([]);
  expect(existsSync(stage.directory)).toBe(false);
  expect(() => stage.start('late', ['version'])).toThrow('comes too late');
});

test('what a killed process left running is swept away with the stage', async () => {
  const stage = newStage();
  const orphan = startChild({
    command: ['sleep', '60'],
    environment: { PATH: process.env.PATH, DEMO_STAGE: stage.directory },
    directory: '/',
    logPath: join(stage.logs, 'orphan.log'),
  });
  await stage.close(false);
  expect((await orphan.exited).signal).toBe('SIGKILL');
});

test('what is kept has its logs', async () => {
  const stage = newStage();
  const child = stage.start('version', ['version']);
  await child.exited;
  await stage.close(true);
  expect(readFileSync(join(stage.logs, 'version.log'), 'utf8')).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(existsSync(stage.directory)).toBe(true);
});

test('a port is handed out once, never while something listens on it, and as wished where it can be', async () => {
  const taken = await listenOn(createServer(), '127.0.0.1', 0);
  const ports = new FreePorts({ wishes: true });
  expect(await ports.take('127.0.0.1', taken.port)).not.toBe(taken.port);
  await taken.close();
  expect(await ports.take('127.0.0.1', taken.port)).toBe(taken.port);
  const more = await Promise.all([ports.take('127.0.0.1'), ports.take('127.0.0.1')]);
  expect(new Set(more).size).toBe(2);
});
