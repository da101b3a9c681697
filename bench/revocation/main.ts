// A revocation until live connections are cut at sidecars of many nodes: npm run bench -- revocation
import { readFileSync } from 'node:fs';
import { type AdminService, createAdminClient } from '../../src/admin/index.ts';
import type { SpiffeId } from '../../src/core/index.ts';
import { realClock, unixFetch } from '../../src/platform/index.ts';
import { Governor } from '../nodes/governor.ts';
import { runMeshBench } from '../nodes/mesh-bench.ts';
import { NodeProcesses } from '../nodes/node-processes.ts';
import { optionsOrUsage } from '../options-or-usage.ts';
import { quantile, type Row } from '../rows.ts';
import { beginAnswer, endlessWeb } from './live-answer.ts';
import { type RevocationOptions, readOptions, USAGE } from './options.ts';

const WEB = 'spiffe://bench.example/ns/default/sa/web' as SpiffeId; // an ID, by inspection
const WEB_PORT = 22_000;
const CLIENT_PORT = 22_001;
/** An instant is a whole second, and what is issued anew begins after it. */
const PAUSE_MS = 2_500;

/** Revokes once; resolves when the command is done. */
type Revoke = () => Promise<void>;

/** Runs what `args` ask for; returns the exit code. */
export async function runRevocation(args: readonly string[]): Promise<number> {
  const options = optionsOrUsage(() => readOptions(args), USAGE);
  if (options === undefined) return 2;
  const processes = new NodeProcesses();
  await runMeshBench(processes, {
    about: about(options),
    options,
    measure: async () => ({ rows: await measure(processes, options) }),
  });
  return 0;
}

interface Kind {
  readonly what: string;
  readonly prepare: () => Promise<Revoke>;
  /** The workload is nobody any more: its `selvage run` ends, and is started anew. */
  readonly ends: boolean;
}

async function measure(processes: NodeProcesses, options: RevocationOptions) {
  const nodes = await processes.start(options.nodes);
  const [first, second] = nodes;
  if (first === undefined || second === undefined) throw new Error('there are two nodes at least');
  const startWeb = () => processes.startWeb(second, WEB_PORT, endlessWeb(WEB_PORT));
  let web = await startWeb();
  const ports: number[] = [];
  for (const [index, node] of nodes.slice(-options.sidecars).entries()) {
    await processes.startClient(node, CLIENT_PORT + index);
    ports.push(CLIENT_PORT + index);
  }
  const socket = `${first.dataDirectory}/admin.sock`;
  const client = createAdminClient((request) => unixFetch(socket, request), realClock);
  const governor = new Governor(processes.governorKey);
  const kinds: readonly Kind[] = [
    {
      what: 'revoke serial',
      prepare: async () => bySerial(client, serialIn(processes.logOf('n1'))),
      ends: false,
    },
    {
      what: 'revoke workload',
      prepare: async () => await byGovernor(client, governor),
      ends: true,
    },
  ];
  const rows: Row[] = [];
  for (const kind of kinds) {
    const each: number[] = [];
    for (let round = -1; round < options.rounds; round += 1) {
      const taken = await cutsOf(ports, await kind.prepare());
      if (round >= 0) each.push(...taken); // the first is not compiled yet
      if (kind.ends) {
        await web.exited;
        web = await startWeb();
      }
      await Bun.sleep(PAUSE_MS);
    }
    rows.push(...rowsOf(kind.what, each));
  }
  return rows;
}

/** From before the command until each sidecar has cut its connection, milliseconds. */
async function cutsOf(ports: readonly number[], revoke: Revoke): Promise<readonly number[]> {
  const answers = await Promise.all(ports.map(beginAnswer));
  const from = Date.now();
  await revoke();
  const cuts = await Promise.all(answers.map(({ cut }) => cut));
  return cuts.map((at) => at - from);
}

const bySerial =
  (client: AdminService, serial: string): Revoke =>
  async () =>
    void (await client.revoke({ what: { serial }, reason: 'bench' }));

async function byGovernor(client: AdminService, governor: Governor): Promise<Revoke> {
  const beforeMs = Math.floor(Date.now() / 1_000) * 1_000;
  const subject = { kind: 'workload', spiffeId: WEB, beforeMs } as const;
  const revocation = { ...subject, name: 'web', reason: 'bench' };
  const publish = await governor.sign(client, { kind: 'Revocation', revocation });
  return async () => void (await publish());
}

/** Of the certificate that the authority signed last for the web server. */
function serialIn(logPath: string): string {
  const lines = readFileSync(logPath, 'utf8').split('\n');
  const line = lines.findLast((text) => text.includes('identity issued') && text.includes(WEB));
  const serial = /"serial":"([0-9a-f]+)"/.exec(line ?? '')?.[1];
  if (serial === undefined) throw new Error(`no certificate for ${WEB} in ${logPath}`);
  return serial;
}

const rowsOf = (what: string, each: readonly number[]): readonly Row[] => [
  { what: `${what} → connection cut, median`, value: quantile(each, 0.5), unit: 'ms' },
  {
    what: `${what} → connection cut, p99`,
    value: quantile(each, 0.99),
    unit: 'ms',
    bar: 1_000,
    stretch: 300,
  },
  { what: `${what} → connection cut, longest`, value: Math.max(...each), unit: 'ms' },
];

const about = ({ nodes, sidecars, rounds }: RevocationOptions): string =>
  `revocation: ${nodes} node processes, ${sidecars} sidecars with a live connection each, ${rounds} revocations of each kind`;
