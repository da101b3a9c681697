import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import { createSocket, type Socket } from 'node:dgram';
import { FakeClock } from '../ports/testing/index.ts';
import { type AskingCandidate, AskingWorkloads } from './asking-workload.ts';

/** Real processes: this one is the `selvage run`, as far as the kernel can tell. */
const UID = process.getuid?.() ?? -1;
const SERVER = { host: '127.0.0.1', port: 5_399 };

/** Says which port its socket has, and stays. With a program as its argument it runs that below itself. */
const ASKER = `
  const socket = await Bun.udpSocket({ connect: { hostname: '127.0.0.1', port: 5_399 } });
  console.log(socket.port);
  setInterval(() => undefined, 1_000);
`;
const RUN = `
  const [program] = process.argv.slice(-1);
  const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'inherit' });
  process.on('SIGTERM', () => child.kill());
  await child.exited;
`;

const children: Bun.Subprocess[] = [];
let clock: FakeClock;
let askers: AskingWorkloads;
let own: Socket;
/** Of a process below this one, and of one below another program that this one runs. */
let askerPort: number;
let nested: { readonly run: number; readonly port: number };

async function start(...program: readonly string[]): Promise<{ pid: number; port: number }> {
  const child = Bun.spawn([process.execPath, '-e', ...program], { stdout: 'pipe' });
  children.push(child);
  const { value } = await child.stdout.getReader().read();
  return { pid: child.pid, port: Number(Buffer.from(value ?? []).toString()) };
}

beforeAll(async () => {
  askerPort = (await start(ASKER)).port;
  const { pid, port } = await start(RUN, ASKER);
  nested = { run: pid, port };
});
afterAll(async () => {
  for (const child of children) child.kill();
  await Promise.all(children.map(({ exited }) => exited));
});
beforeEach(async () => {
  clock = new FakeClock();
  askers = new AskingWorkloads(clock);
  own = createSocket('udp4');
  await new Promise<void>((resolve) => void own.connect(SERVER.port, SERVER.host, resolve));
});
afterEach(() => {
  own.close();
});

/** A sidecar: any child of the one that is its `selvage run`. */
const below = (key: string, pid: number, uid = UID): AskingCandidate => ({
  ...{ key, pid, uid },
  hasRun: true,
});
const alone = (key: string, uid = UID): AskingCandidate => ({ key, pid: 1, uid, hasRun: false });
const from = (port: number) => ({ transport: 'udp' as const, host: '127.0.0.1', port });
const sidecarPid = () => children[0]?.pid ?? -1;

test('a process below a selvage run belongs to its workload, whoever else is of its user', () => {
  const candidates = [alone('other'), below('one', sidecarPid())];
  expect(askers.of(from(askerPort), SERVER, candidates)).toEqual({ kind: 'workload', key: 'one' });
});

test('a selvage run below another one is the nearer of the two', async () => {
  const program = (await import('../platform/index.ts')).processesBelow(nested.run)[0] ?? -1;
  const candidates = [below('outer', sidecarPid()), below('inner', program)];
  const asked = (port: number) => askers.of(from(port), SERVER, candidates);
  expect(asked(nested.port)).toEqual({ kind: 'workload', key: 'inner' });
  expect(asked(askerPort)).toEqual({ kind: 'workload', key: 'outer' });
});

test('a parent of another program is no selvage run: nobody takes others’ questions by where it was started', () => {
  const forger = Bun.spawn(['sleep', '60']); // its parent is this process, another program
  const candidates = [below('forger', forger.pid), alone('other')];
  const by = askers.of(from(askerPort), SERVER, candidates);
  forger.kill();
  expect(by).toEqual({ kind: 'one-of', keys: ['forger', 'other'], uid: UID });
});

test('a process below none belongs to the one workload of its user', () => {
  const port = own.address().port;
  const one = [alone('mine'), alone('mine'), alone('other', UID + 1)];
  expect(askers.of(from(port), SERVER, one)).toEqual({ kind: 'workload', key: 'mine' });
});

test('where several are of its user it is one of them, and of none where none is', () => {
  const port = own.address().port;
  const several = [alone('a'), alone('b'), alone('c', UID + 1)];
  const expected = { kind: 'one-of' as const, keys: ['a', 'b'], uid: UID };
  expect(askers.of(from(port), SERVER, several)).toEqual(expected);
  clock.advance(1_000);
  const none = [alone('c', UID + 1)];
  expect(askers.of(from(port), SERVER, none)).toEqual({ ...expected, keys: [] });
});

test('a socket that is gone is nobody’s', () => {
  expect(askers.of(from(1), SERVER, [alone('a')])).toEqual({ kind: 'nobody' });
});

test('what was found out about a socket is good for a second', () => {
  const port = own.address().port;
  const asked = (key: string) => askers.of(from(port), SERVER, [alone(key)]);
  expect(asked('before')).toEqual({ kind: 'workload', key: 'before' });
  expect(asked('after')).toEqual({ kind: 'workload', key: 'before' });
  clock.advance(1_000);
  expect(asked('after')).toEqual({ kind: 'workload', key: 'after' });
});

test('no more is looked at in a second than may be', () => {
  const limited = new AskingWorkloads(clock, 5);
  const asked = (port: number) => limited.of(from(port), SERVER, [below('one', sidecarPid())]);
  expect(asked(own.address().port)).toEqual({ kind: 'too-costly' });
  expect(asked(askerPort)).toEqual({ kind: 'too-costly' });
});
