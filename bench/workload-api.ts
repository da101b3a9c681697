import { writeFileSync } from 'node:fs';
import { memoryOf } from '../src/platform/index.ts';
import { HelloMesh } from '../test/hello-mesh.ts';
import { SHORT_LIVES } from '../test/interop/short-lives.ts';
import { type Bench, median, quantile, type Row } from './rows.ts';
import { StreamingClients } from './streaming-clients.ts';

const CLIENTS = 1_000;
const ROTATIONS = 6;
const PERMIT_ALL = '@id("all")\npermit (principal, action, resource);\n';

/** Two identities, so each is rotated every five seconds, and each push carries both. */
export const workloadApiBench: Bench = {
  about: `${CLIENTS} programs that stream X.509 from one node, each on a connection of its own`,
  async run() {
    const mesh = new HelloMesh();
    try {
      const node = await mesh.found('hello.example');
      writeFileSync(mesh.disk.path('rules', 'mesh.yaml'), SHORT_LIVES);
      await mesh.permit(PERMIT_ALL);
      const restingBytes = memoryOf(node.pid)?.residentBytes ?? 0;
      const clients = new StreamingClients(mesh.disk.path('n1', 'spiffe.sock'));
      const firstsMs = await clients.connect(CLIENTS);
      const servingBytes = memoryOf(node.pid)?.residentBytes ?? 0;
      const pushesMs = await clients.rotations(ROTATIONS, () => node.written());
      clients.close();
      return [
        row('push of a rotation to all, median', median(pushesMs), 'ms', [2_000, 500]),
        row('the slowest of them', Math.max(...pushesMs), 'ms', [2_000, 500]),
        row('first message, p99', quantile(firstsMs, 0.99), 'ms'),
        row('memory of the node before', restingBytes / 1e6, 'MB'),
        row('memory of the node per client', (servingBytes - restingBytes) / CLIENTS / 1e3, 'kB'),
      ];
    } finally {
      await mesh.disk.close();
    }
  },
};

const row = (what: string, value: number, unit: string, aim?: readonly [number, number]): Row => ({
  what,
  value,
  unit,
  ...(aim === undefined ? {} : { bar: aim[0], stretch: aim[1] }),
});
