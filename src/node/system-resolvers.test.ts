import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock, recordingLog } from '../ports/testing/index.ts';
import { LimitedLog } from '../telemetry/index.ts';
import { SystemResolvers } from './system-resolvers.ts';

const SELF = { host: '127.0.0.76', port: 53 };
const directory = mkdtempSync(join(tmpdir(), 'selvage-'));
const path = join(directory, 'resolv.conf');
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('resolvers are read again when they may have changed; without a file there are none', () => {
  const clock = new FakeClock();
  const log = recordingLog();
  const system = new SystemResolvers(path, clock, new LimitedLog(log, clock));
  const hosts = () => system.others(SELF).map(({ host }) => host);
  writeFileSync(path, 'nameserver 127.0.0.76\nnameserver 192.0.2.1\n');
  expect(hosts()).toEqual(['192.0.2.1']);
  writeFileSync(path, 'nameserver 192.0.2.2\n');
  expect(hosts()).toEqual(['192.0.2.1']);
  clock.advance(5_000);
  expect(hosts()).toEqual(['192.0.2.2']);
  rmSync(path);
  clock.advance(5_000);
  expect(hosts()).toEqual([]);
  expect(log.lines.at(-1)).toMatchObject({ fields: { reason: 'FILE_MISSING' } });
});
