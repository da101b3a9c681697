import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test';
import { createSocket, type Socket } from 'node:dgram';
import { FakeClock } from '../ports/testing/index.ts';
import { type AskingCandidate, AskingWorkloads } from './asking-workload.ts';

/** Real processes: this one is the `selvage run`, as far as the kernel can tell. */
const UID = process.getuid?.() ?? -1;
const SERVER = { host: '127.0.0.1', port: 5_399 };

/** Says which port its socket has, and stays. */
const ASKER = `
  const socket = await Bun.udpSocket({ connect: { hostname: '127.0.0.1', port: 5_399 } });
  console.log(socket.port);
  setInterval(() => undefined, 1_000);
`;
/** Says its number, and stays: as a sidecar does that asks nothing. */
const SIDECAR = 'console.log(process.pid); setInterval(() => undefined, 1_000);';
/** Runs both below itself. */
const RUN = `
  const start = (program, stdout) => Bun.spawn([process.execPath, '-e', program], { stdout });
  const [asker, sidecar] = process.argv.slice(-2).map((program) => start(program, 'pipe'));
  const said = async (child) => new TextDecoder().decode((await child.stdout.getReader().read()).value);
  const [port, pid] = await Promise.all([asker, sidecar].map(said));
  process.on('SIGTERM', () => [asker, sidecar].forEach((child) => child.kill()));
  console.log(port.trim(), pid.trim());
  await Promise.all([asker.exited, sidecar.exited]);
`;

const children: Bun.Subprocess[] = [];
let clock: FakeClock;
let askers: AskingWorkloads;
let own: Socket;
/** A process that asks and one that is a sidecar, below this one and below a run of this one's. */
let outer: { readonly port: number; readonly sidecar: number };
let inner: typeof outer;

/** What the program says first, as numbers. */
async function start(...program: readonly string[]): Promise<readonly number[]> {
  const child = Bun.spawn([process.execPath, '-e', ...program], { stdout: 'pipe' });
  children.push(child);
  const { value } = await child.stdout.getReader().read();
  return Buffer.from(value ?? [])
    .toString()
    .trim()
    .split(' ')
    .map(Number);
}

beforeAll(async () => {
  const [port = 0] = await start(ASKER);
  const [sidecar = 0] = await start(SIDECAR);
  outer = { port, sidecar };
  const [innerPort = 0, innerSidecar = 0] = await start(RUN, ASKER, SIDECAR);
  inner = { port: innerPort, sidecar: innerSidecar };
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
const below = (key: string, pid: number): AskingCandidate => ({ key, pid, uid: UID });
const alone = (key: string, uid = UID): AskingCandidate => ({ key, pid: 1, uid });
const from = (port: number) => ({ transport: 'udp' as const, host: '127.0.0.1', port });

test('a process below a selvage run belongs to its workload, whoever else is of its user', () => {
  const candidates = [alone('other'), below('one', outer.sidecar)];
  expect(askers.of(from(outer.port), SERVER, candidates)).toEqual({ kind: 'workload', key: 'one' });
});

test('a selvage run below another one is the nearer of the two', () => {
  const candidates = [below('outer', outer.sidecar), below('inner', inner.sidecar)];
  const asked = (port: number) => askers.of(from(port), SERVER, candidates);
  expect(asked(inner.port)).toEqual({ kind: 'workload', key: 'inner' });
  expect(asked(outer.port)).toEqual({ kind: 'workload', key: 'outer' });
});

test('a parent of another program is no selvage run: nobody takes others’ questions by where it was started', () => {
  const forger = Bun.spawn(['sleep', '60']); // its parent is this process, another program
  const candidates = [below('forger', forger.pid), alone('other')];
  const by = askers.of(from(outer.port), SERVER, candidates);
  forger.kill();
  expect(by).toEqual({ kind: 'one-of', keys: ['forger', 'other'], uid: UID });
});

test('below a run with two workloads it is one of them', () => {
  const candidates = [below('a', outer.sidecar), below('b', outer.sidecar)];
  const by = askers.of(from(outer.port), SERVER, candidates);
  expect(by).toEqual({ kind: 'one-of', keys: ['a', 'b'], uid: UID });
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

test('no more time is spent in a second than may be, and the next second has its own', () => {
  const stepMs = 40;
  let elapsedMs = 0;
  const looking = new AskingWorkloads({
    now: () => 0,
    after: (delayMs, run) => clock.after(delayMs, run),
    every: (periodMs, run) => clock.every(periodMs, run),
    monotonic: () => {
      elapsedMs += stepMs; // each look takes so long
      return elapsedMs;
    },
  });
  /** What it took to find out nothing. */
  const spentMs = () => {
    const beforeMs = elapsedMs;
    const by = looking.of(from(outer.port), SERVER, [below('one', outer.sidecar)]);
    expect(by).toEqual({ kind: 'too-costly' });
    return elapsedMs - beforeMs;
  };
  expect(spentMs()).toBeGreaterThan(200);
  expect(spentMs()).toBe(2 * stepMs); // it looked at the clock, and at nothing else
  elapsedMs += 1_000;
  expect(spentMs()).toBeGreaterThan(200);
});
