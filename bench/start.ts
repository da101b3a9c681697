import { freePort, HelloMesh } from '../test/hello-mesh.ts';
import { builtExecutable } from './executable.ts';
import { type Bench, median, quantile, type Row } from './rows.ts';

const ROUNDS = 12;
/** The first ones read the executable from the disk. */
const WARM_UP = 2;
const LIMIT_MS = 10_000;
/** The smallest thing that answers: its own start is not what is measured. */
const APPLICATION = ['python3', '-c'];

/** From the command to the first byte of an answer that came through both sidecars, with an SVID that is new. */
export const startBench: Bench = {
  about: 'selvage run of a new workload, until a client of the mesh is served by it',
  async run() {
    const executable = await builtExecutable();
    const mesh = new HelloMesh();
    try {
      await mesh.found('hello.example');
      await mesh.startClient();
      const took: number[] = [];
      for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
        took.push(await oneStart(mesh, executable));
      }
      const measured = took.slice(WARM_UP);
      return [
        row('run to first byte, median', median(measured), [300, 150]),
        row('run to first byte, p90', quantile(measured, 0.9), [300, 150]),
        row('of it the application, started by itself, median', await applicationAlone()),
      ];
    } finally {
      await mesh.disk.close();
    }
  },
};

const row = (what: string, value: number, aim?: readonly [number, number]): Row => ({
  what,
  value,
  unit: 'ms',
  ...(aim === undefined ? {} : { bar: aim[0], stretch: aim[1] }),
});

/** Answers each request with `hello`, and ends when it is told to. */
const server = (port: number): readonly string[] => [
  ...APPLICATION,
  `
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('127.0.0.1', ${port}))
s.listen(64)
while True:
    c, _ = s.accept()
    while c.recv(65536):
        c.sendall(b'HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\nhello')
    c.close()
`,
];

async function oneStart(mesh: HelloMesh, executable: string): Promise<number> {
  const port = await freePort();
  const socket = mesh.disk.path('n1', 'workload.sock');
  const flags = ['--socket', socket, '--service', 'web', '--port', String(port)];
  const begunAt = performance.now();
  const run = Bun.spawn([executable, 'run', ...flags, '--', ...server(port)], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  try {
    return await untilServed(() => mesh.call(), begunAt);
  } finally {
    run.kill('SIGTERM');
    await run.exited;
  }
}

async function applicationAlone(): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const port = await freePort();
    const begunAt = performance.now();
    const application = Bun.spawn([...server(port)], { stderr: 'ignore' });
    const ask = () => fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text());
    took.push(await untilServed(() => ask().catch(String), begunAt));
    application.kill();
    await application.exited;
  }
  return median(took);
}

async function untilServed(ask: () => Promise<string>, begunAt: number): Promise<number> {
  while (performance.now() - begunAt < LIMIT_MS) {
    if ((await ask()) === 'hello') return performance.now() - begunAt;
    await Bun.sleep(1);
  }
  throw new Error(`not served within ${LIMIT_MS} ms`);
}
