// A change of policies until all sidecars of all nodes enforce it: npm run bench -- rollout
import { createAdminClient } from '../../src/admin/index.ts';
import { realClock, unixFetch } from '../../src/platform/index.ts';
import { Governor } from '../nodes/governor.ts';
import { runMeshBench } from '../nodes/mesh-bench.ts';
import { NodeProcesses } from '../nodes/node-processes.ts';
import { optionsOrUsage } from '../options-or-usage.ts';
import type { Row } from '../rows.ts';
import { measureArrivals } from './arrivals.ts';
import { type RolloutOptions, readOptions, USAGE } from './options.ts';

/** Runs what `args` ask for; returns the exit code. */
export async function runRollout(args: readonly string[]): Promise<number> {
  const options = optionsOrUsage(() => readOptions(args), USAGE);
  if (options === undefined) return 2;
  const processes = new NodeProcesses(options.command);
  await runMeshBench(processes, {
    about: about(options),
    options,
    measure: async () => ({ rows: await measure(processes, options) }),
  });
  return 0;
}

async function measure(processes: NodeProcesses, options: RolloutOptions): Promise<readonly Row[]> {
  const nodes = await processes.start(options.nodes);
  const sidecars: number[] = [];
  for (const node of nodes.slice(0, options.sidecars)) {
    sidecars.push(await processes.startSidecar(node));
  }
  const socket = `${nodes[0]?.dataDirectory}/admin.sock`;
  const client = createAdminClient((request) => unixFetch(socket, request), realClock);
  const governor = new Governor(processes.governorKey);
  const pids = { node: nodes.map(({ pid }) => pid), sidecar: sidecars };
  return await measureArrivals(client, governor, pids, options.changes);
}

const about = ({ nodes, sidecars, changes }: RolloutOptions): string =>
  `rollout: ${nodes} node processes and ${sidecars} sidecars on this machine, ${changes} changes of a policy`;
