import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { lstatSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refusalOfLate } from '../core/testing/index.ts';
import { connectUnix, listenUnix, serveUnixHttp } from './index.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'selvage-unix-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Both kinds of listener make their socket in the same way. */
const listeners = {
  channels: (path: string, mode = 0o600) =>
    listenUnix(path, mode, () => ({ bytes() {}, closed() {} })),
  http: (path: string, mode = 0o600) => serveUnixHttp(path, mode, () => new Response('here')),
};

/** Leaves a socket at `path` as a process does that was killed. */
async function crashAt(path: string): Promise<void> {
  const listen = `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } })`;
  const kill = "process.kill(process.pid, 'SIGKILL')";
  await Bun.spawn([process.execPath, '-e', `${listen}; ${kill};`]).exited;
  expect(lstatSync(path).isSocket()).toBe(true);
}

for (const [kind, listen] of Object.entries(listeners)) {
  describe(kind, () => {
    test('a socket has the mode that was asked for, whatever the umask, which stays', async () => {
      const before = process.umask(0o027);
      for (const mode of [0o600, 0o666]) {
        const path = join(directory, mode.toString(8));
        const server = await listen(path, mode);
        expect(statSync(path).mode & 0o777).toBe(mode);
        await server.stop();
      }
      expect(process.umask(before)).toBe(0o027);
    });

    test('a socket that a living process answers on is not taken over', async () => {
      const path = join(directory, 's');
      const first = await listen(path);
      const error = await refusalOfLate(listen(path));
      expect([error.code, error.message]).toEqual([
        'SOCKET_IN_USE',
        `another process answers on '${path}'`,
      ]);
      const client = await connectUnix(path, () => ({ bytes() {}, closed() {} }));
      client.close();
      await first.stop();
    });

    test('a socket that a crash left behind is replaced', async () => {
      const path = join(directory, 's');
      await crashAt(path);
      const server = await listen(path);
      const client = await connectUnix(path, () => ({ bytes() {}, closed() {} }));
      client.close();
      await server.stop();
    });

    test('what is no socket is left alone, and so is a link', async () => {
      const file = join(directory, 'notes.txt');
      const link = join(directory, 'link');
      writeFileSync(file, 'mine');
      symlinkSync(join(directory, 'elsewhere'), link);
      for (const path of [file, link]) {
        expect((await refusalOfLate(listen(path))).code).toBe('FILE_UNWRITABLE');
      }
      expect(statSync(file).size).toBe(4);
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
    });

    test('a directory that is not there is said so', async () => {
      const error = await refusalOfLate(listen(join(directory, 'none', 's')));
      expect(error.code).toBe('FILE_UNWRITABLE');
    });

    test('a path that is too long is refused before anything is made', async () => {
      const error = await refusalOfLate(listen(join(directory, 'x'.repeat(120))));
      expect(error.code).toBe('SOCKET_PATH_TOO_LONG');
    });
  });
}
