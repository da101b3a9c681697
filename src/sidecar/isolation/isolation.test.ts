import { afterEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  listNamespaces,
  makeNamespace,
  NetworkNamespace,
  removeNamespace,
} from '../../platform/index.ts';
import { CANNOT_MAKE_NAMESPACES } from '../../platform/testing/index.ts';
import { recordingLog } from '../../ports/testing/index.ts';
import { Isolation } from './isolation.ts';

const outside = readFileSync('/etc/resolv.conf', 'utf8');
/** Of a service that is called by name. */
const NAMES = { 'web.default.mesh': '127.80.0.1' };
let isolation: Isolation | undefined;

afterEach(async () => {
  await isolation?.end();
  isolation = undefined;
});

/** What a shell in there writes, and its exit code. */
async function shell(script: string): Promise<{ readonly code: number; readonly text: string }> {
  const file = join(mkdtempSync(join(tmpdir(), 'selvage-isolation-')), 'out');
  const child = isolation?.start(['sh', '-c', `exec > ${file} 2>&1; ${script}`], NAMES, {});
  const code = (await child?.exited) ?? -1;
  const text = readFileSync(file, 'utf8');
  rmSync(join(file, '..'), { recursive: true });
  return { code, text };
}

describe.skipIf(CANNOT_MAKE_NAMESPACES)('an isolated program (needs root, ip and nft)', () => {
  test('has loopback only, and no way out', async () => {
    isolation = await Isolation.begin({}, recordingLog());
    const links = await shell('ip -br link; ip route');
    expect(links.text).toMatch(/^lo +UNKNOWN[^\n]*\n$/);
    const call = await shell('bash -c "exec 3<>/dev/tcp/203.0.113.7/80"');
    expect(call.text).toContain('unreachable');
  });

  test('keeps its exit code, and the names of the host’s resolver are not for it', async () => {
    isolation = await Isolation.begin({}, recordingLog());
    const seen = await shell('cat /etc/resolv.conf; exit 7');
    expect(seen.code).toBe(7);
    expect(seen.text).toContain('nameserver 127.0.0.1\n');
    expect(readFileSync('/etc/resolv.conf', 'utf8')).toBe(outside);
  });

  test('finds services by name, and the host’s names as before', async () => {
    isolation = await Isolation.begin({}, recordingLog());
    const found = await shell('getent hosts web.default.mesh localhost');
    expect(found.text).toMatch(/^127\.80\.0\.1 +web\.default\.mesh$/m);
    expect(found.text).toMatch(/ localhost/);
  });

  test('sees every connection of its own at the sidecar’s port, when it is captured', async () => {
    isolation = await Isolation.begin({ capture: 15_001 }, recordingLog());
    const { name } = isolation;
    const seen: string[] = [];
    const listener = NetworkNamespace.open(name).inside(() =>
      Bun.listen({
        hostname: '127.0.0.1',
        port: 15_001,
        socket: {
          open: (socket) => {
            seen.push('taken');
            socket.end();
          },
          data: () => undefined,
        },
      }),
    );
    await shell('bash -c "exec 3<>/dev/tcp/203.0.113.7/80"');
    expect(seen).toEqual(['taken']);
    listener.stop(true);
  });

  test('that there is not is refused by name', async () => {
    isolation = await Isolation.begin({}, recordingLog());
    expect(() => isolation?.start(['/selvage/none'], NAMES, {})).toThrow(
      "'/selvage/none' cannot be started",
    );
  });

  test('leaves nothing of its namespace behind', async () => {
    isolation = await Isolation.begin({ capture: 15_001 }, recordingLog());
    const { name } = isolation;
    expect(name).toBe(`selvage-${process.pid}`);
    await isolation.end();
    isolation = undefined;
    expect(listNamespaces()).not.toContain(name);
    expect(existsSync(`/run/selvage/${name}`)).toBe(false);
  });

  test('cleans up after runs that were killed, and leaves those that run and others’ alone', async () => {
    const ended = Bun.spawn(['true']);
    await ended.exited;
    const names = {
      dead: `selvage-${ended.pid}`,
      own: `selvage-${process.pid}`,
      alive: `selvage-${process.ppid}`,
      other: `selvage-test-${process.pid}-other`,
    };
    for (const name of Object.values(names)) await makeNamespace(name);
    const log = recordingLog();
    isolation = await Isolation.begin({}, log);
    expect(listNamespaces()).not.toContain(names.dead);
    expect(listNamespaces()).toEqual(expect.arrayContaining([names.own, names.alive, names.other]));
    expect(log.lines.map(({ fields }) => fields?.name)).toContain(names.own); // others may have removed the dead
    await removeNamespace(names.alive);
    await removeNamespace(names.other);
  });
});
