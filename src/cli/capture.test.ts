import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import {
  CANNOT_MAKE_NAMESPACES,
  startNamespace,
  type TestNamespace,
} from '../platform/testing/index.ts';
import { runCommandLine } from './testing/index.ts';

describe('selvage capture', () => {
  test.each([
    [[], 'does not say whose'],
    [['--uid', '7', '--netns', 'blue'], 'exclude each other'],
    [['--off', '--status'], 'exclude each other'],
    [['--uid', 'selvage-none'], "no user 'selvage-none'"],
    [['--uid', '7', '--no-outbound'], 'captures nothing'],
    [['--uid', '7', '--exclude-cidr', '10.0.0.0/8;'], 'is no network'],
    [['--uid', '7', '--inbound', '0'], 'is no port'],
    [['--cgroup', 'a/../b'], 'is no path of a cgroup'],
    [['--cgroup', 'a" accept #'], 'is no path of a cgroup'],
  ])('refuses %j before it changes anything', async (args, message) => {
    const outcome = await runCommandLine(['capture', ...args]);
    expect(outcome.code).toBe(2);
    expect(outcome.errors).toContain(message);
  });
});

const main = join(import.meta.dir, 'main.ts');
let place: TestNamespace;

/** A command line of its own process, in the namespace. */
async function selvage(...args: readonly string[]) {
  const child = place.namespace.inside(() =>
    Bun.spawn([process.execPath, main, 'capture', ...args], { stdout: 'pipe', stderr: 'pipe' }),
  );
  const [out, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { out, errors, code };
}

describe.skipIf(CANNOT_MAKE_NAMESPACES)('captures of a host (needs root, ip and nft)', () => {
  beforeAll(async () => {
    place = await startNamespace();
  });
  afterAll(() => place.remove());

  test('are shown, and all taken back by one command', async () => {
    const begun = await selvage('--uid', 'nobody', '--inbound', '8080', '--inbound', '80');
    expect(begun.out).toBe('captured: user 65534\n');
    expect(begun.errors).toContain('nothing listens on 127.0.0.1:15001 yet');
    await selvage('--netns', '/proc/self/ns/net', '--outbound', '15002');
    const shown = await selvage('--status');
    expect(shown.out).toMatch(/user 65534 +to 15001 +80, 8080 to 15006 +0 out, 0 in/);
    expect(shown.out).toMatch(/this network namespace +to 15002 +-/);
    await selvage('--off');
    expect((await selvage('--status')).errors).toContain('nothing is captured');
  });

  test('last as long as the command that they are for, whose exit code is theirs', async () => {
    const script = 'nft list tables; exit 7';
    const run = await selvage('--uid', '7', '--', 'sh', '-c', script);
    expect(run.code).toBe(7);
    expect(run.out).toContain('table inet selvage-uid-7');
    expect((await selvage('--status')).errors).toContain('nothing is captured');
  });

  test('are not taken over, nor taken back, by a second command while the first serves', async () => {
    const listener = place.namespace.inside(() =>
      Bun.listen({ hostname: '127.0.0.1', port: 15_001, socket: { data: () => undefined } }),
    );
    await selvage('--uid', 'nobody');
    const second = await selvage('--uid', 'nobody', '--outbound', '15009', '--', 'true');
    expect(second.code).toBe(3);
    expect(second.errors).toContain('user 65534 is captured already');
    expect((await selvage('--status')).out).toMatch(/user 65534 +to 15001/);
    listener.stop(true);
    expect((await selvage('--uid', 'nobody', '--', 'true')).code).toBe(0);
    expect((await selvage('--status')).errors).toContain('nothing is captured');
  });

  test('end with a command that cannot be started, too', async () => {
    const run = await selvage('--uid', '7', '--', '/selvage/none');
    expect(run.errors).toContain('PROGRAM_NOT_STARTED');
    expect((await selvage('--status')).errors).toContain('nothing is captured');
  });
});
