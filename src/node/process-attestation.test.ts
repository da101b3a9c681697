import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { listenUnix, scratchDirs } from '../platform/index.ts';
import { eventually, recordingLog } from '../ports/testing/index.ts';
import { type AttestedProcess, ProcessAttestation } from './process-attestation.ts';

const attestation = new ProcessAttestation(recordingLog());

/** What `attest` says of a process that connects to a socket of ours, started by the command. */
async function attested(
  command: (path: string) => readonly string[],
  attest: (fd: number) => AttestedProcess | undefined,
  use: (seen: AttestedProcess) => void | Promise<void>,
): Promise<void> {
  await scratchDirs().with({}, async (directory) => {
    const path = `${directory}/test.sock`;
    const seen: (AttestedProcess | undefined)[] = [];
    const listener = await listenUnix(path, 0o600, (_channel, fd) => {
      seen.push(attest(fd));
      return { bytes: () => undefined, closed: () => undefined };
    });
    const child = Bun.spawn([...command(path)], { stdin: 'pipe' });
    try {
      await eventually('it connected', () => seen.length === 1);
      const [process] = seen;
      if (process === undefined) throw new Error('it is not attested');
      await use(process);
    } finally {
      child.kill('SIGKILL');
      await child.exited;
      listener.stop();
    }
  });
}

const connecting = (path: string): string =>
  `await Bun.connect({ unix: '${path}', socket: { data() {} } }); for await (const _ of Bun.stdin.stream());`;
/** A child of this process, which is the program that a node here would be. */
const child = (path: string) => [process.execPath, '-e', connecting(path)];
/** Below a shell that does not give way to it, and ends with it. */
const grandchild = (path: string) => [
  ...['sh', '-c', '"$0" -e "$1" <&0; exit'],
  ...[process.execPath, connecting(path)],
];

test('a sidecar is started by `selvage run` when its parent is this program for this user', async () => {
  const sidecar = (fd: number) => attestation.sidecar(fd);
  await attested(child, sidecar, ({ facts, keeper }) => {
    expect(facts.startedByRun).toBe(true);
    expect(keeper).toBe(process.pid);
  });
  await attested(grandchild, sidecar, ({ facts, keeper }) => {
    expect(facts.startedByRun).toBe(false);
    expect(keeper).toBeUndefined();
  });
});

test('any other caller is, when one that the node knows is anywhere above it', async () => {
  const known = (fd: number) => attestation.caller(fd, (pid) => pid === process.pid);
  await attested(grandchild, known, ({ facts, keeper }) => {
    expect(facts.startedByRun).toBe(true);
    expect(keeper).toBe(process.pid);
  });
  const unknown = (fd: number) => attestation.caller(fd, () => false);
  await attested(child, unknown, ({ facts }) => expect(facts.startedByRun).toBe(false));
});

test('a process runs since it was started, or since its `selvage run` was when that is older', async () => {
  const began = Date.now() - process.uptime() * 1_000;
  await eventually('this process is old enough to tell', () => process.uptime() > 2);
  const before = Date.now() - 500; // rounding makes it older
  const sidecar = (fd: number) => attestation.sidecar(fd);
  await attested(child, sidecar, ({ attestedAtMs }) => {
    expect(attestedAtMs).toBeLessThan(began + 1_000);
  });
  await attested(grandchild, sidecar, ({ attestedAtMs }) => {
    expect(attestedAtMs).toBeGreaterThan(before);
  });
  const known = (fd: number) => attestation.caller(fd, (pid) => pid === process.pid);
  await attested(grandchild, known, ({ attestedAtMs }) => {
    expect(attestedAtMs).toBeLessThan(began + 1_000);
  });
});

test('the digest of the executable is looked up when it is asked for', async () => {
  const digest = createHash('sha256').update(readFileSync(process.execPath)).digest('hex');
  const sidecar = (fd: number) => attestation.sidecar(fd);
  await attested(child, sidecar, async ({ facts, measured }) => {
    expect(facts.executableSha256).toBeUndefined();
    expect(await measured()).toEqual({ ...facts, executableSha256: digest });
  });
});

test('a digest that cannot be told is one that no selector equals', async () => {
  let measured: AttestedProcess['measured'] | undefined;
  const sidecar = (fd: number) => new ProcessAttestation(recordingLog()).sidecar(fd);
  await attested(child, sidecar, (seen) => {
    measured = seen.measured;
  });
  expect((await measured?.())?.executableSha256).toBe('(unreadable)'); // it has ended
});
