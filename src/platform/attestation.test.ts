import { expect, test } from 'bun:test';
import {
  accessSync,
  constants,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../ports/testing/index.ts';
import { type PeerProcess, peerProcess } from './attestation.ts';
import { PlatformError } from './errors.ts';

/** Listens on a unix socket and keeps what attestation says of each that connects. */
async function withAttestedSocket(
  use: (path: string, seen: (PeerProcess | Error)[]) => Promise<void>,
) {
  const folder = mkdtempSync(join(tmpdir(), 'selvage-attestation-'));
  const path = join(folder, 'workload.sock');
  const seen: (PeerProcess | Error)[] = [];
  const listener = Bun.listen({
    unix: path,
    socket: {
      open(socket) {
        try {
          // Bun's types leave the descriptor out
          seen.push(peerProcess((socket as unknown as { fd: number }).fd));
        } catch (error) {
          seen.push(error instanceof Error ? error : new Error(String(error)));
        }
      },
      data: () => undefined,
    },
  });
  try {
    await use(path, seen);
  } finally {
    listener.stop(true);
    rmSync(folder, { recursive: true });
  }
}

const connectAndWait = (path: string): string =>
  `await Bun.connect({ unix: ${JSON.stringify(path)}, socket: { data() {} } }); await Bun.sleep(60_000)`;
const connectAndEnd = (path: string): string =>
  `await Bun.connect({ unix: ${JSON.stringify(path)}, socket: { data() {} } }); process.exit(0)`;

const LAST_PID = '/proc/sys/kernel/ns_last_pid'; // proc_sys_kernel(5): root may choose the next number

function canChoosePid(): boolean {
  try {
    accessSync(LAST_PID, constants.W_OK);
    return true;
  } catch {
    return false; // not root, or a kernel without checkpointing
  }
}

/** Starts processes until the last has the number `pid`, without letting the event loop turn. Others may be faster. */
function occupy(pid: number): Bun.Subprocess[] {
  const started: Bun.Subprocess[] = [];
  for (let tries = 0; tries < 20 && started.at(-1)?.pid !== pid; tries += 1) {
    writeFileSync(LAST_PID, String(pid - 1));
    started.push(Bun.spawn(['sleep', '60']));
  }
  return started;
}

test('a caller is attested by its process, user and executable', async () => {
  await withAttestedSocket(async (path, seen) => {
    const child = Bun.spawn([process.execPath, '-e', connectAndWait(path)]);
    await eventually('the child connected', () => seen.length === 1);
    child.kill('SIGKILL');
    await child.exited;
    expect(seen).toMatchObject([
      {
        pid: child.pid,
        uid: process.getuid?.() ?? -1,
        gid: process.getgid?.() ?? -1,
        executable: { path: realpathSync(process.execPath) },
        cgroup: /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1],
      },
    ]);
  });
});

test('a caller is as old as its process, whenever it connects', async () => {
  await withAttestedSocket(async (path, seen) => {
    const late = `await Bun.stdin.text(); ${connectAndWait(path)}`;
    const before = Date.now();
    const child = Bun.spawn([process.execPath, '-e', late], { stdin: 'pipe' });
    const begun = Date.now();
    await eventually('time went by', () => Date.now() > begun + 200);
    child.stdin.end();
    await eventually('the child connected', () => seen.length === 1);
    child.kill('SIGKILL');
    await child.exited;
    const [caller] = seen;
    const startedAtMs = caller instanceof Error ? 0 : (caller?.startedAtMs ?? 0);
    expect(startedAtMs).toBeGreaterThan(before - 50); // hundredths of a second, twice rounded
    expect(startedAtMs).toBeLessThan(begun + 50);
  });
});

test('a caller whose process has ended has no facts', async () => {
  await withAttestedSocket(async (path, seen) => {
    // Blocks this process until the child is gone: its connection waits in the kernel meanwhile.
    const child = Bun.spawnSync([process.execPath, '-e', connectAndEnd(path)]);
    expect(child.exitCode).toBe(0);
    await eventually('the connection was accepted', () => seen.length === 1);
    expect(seen[0]).toBeInstanceOf(PlatformError);
    expect(seen[0]).toMatchObject({ code: 'PEER_UNKNOWN' });
  });
});

test.skipIf(!canChoosePid())(
  'a later process with the number of the caller is not taken for it',
  async () => {
    let hasNumber = false;
    while (!hasNumber) {
      await withAttestedSocket(async (path, seen) => {
        const { pid } = Bun.spawnSync([process.execPath, '-e', connectAndEnd(path)]);
        const later = occupy(pid);
        hasNumber = later.at(-1)?.pid === pid;
        await eventually('the connection was accepted', () => seen.length === 1);
        for (const child of later) child.kill('SIGKILL');
        await Promise.all(later.map((child) => child.exited));
        if (hasNumber) expect(seen[0]).toMatchObject({ code: 'PEER_UNKNOWN' });
      });
    }
  },
);

test('an executable that was replaced after its start is not taken for the file at its path', async () => {
  await withAttestedSocket(async (path, seen) => {
    const copy = `${path}.bun`;
    copyFileSync(process.execPath, copy);
    const replaceItself = `const { rmSync, copyFileSync } = require('node:fs');
      rmSync('${copy}'); copyFileSync('/bin/sh', '${copy}');`;
    const child = Bun.spawn([copy, '-e', `${replaceItself} ${connectAndWait(path)}`]);
    await eventually('the child connected', () => seen.length === 1);
    child.kill('SIGKILL');
    await child.exited;
    expect(seen[0]).toMatchObject({
      pid: child.pid,
      executable: { path: expect.stringMatching(/^\(unreachable\)/) },
    });
  });
});

test('a descriptor that is no unix socket names nobody', () => {
  expect(() => peerProcess(0)).toThrow('the kernel names no process behind descriptor 0');
});
