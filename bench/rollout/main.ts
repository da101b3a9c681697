// A change of policies until all sidecars of all nodes enforce it: npm run bench -- rollout
import { createAdminClient } from '../../src/admin/index.ts';
import { onSignals, realClock, signalExitCode, unixFetch } from '../../src/platform/index.ts';
import { NodeProcesses } from '../nodes/node-processes.ts';
import { isBusy, loadAverage } from '../peers/machine.ts';
import { table } from '../rows.ts';
import { measureArrivals } from './arrivals.ts';
import { Governor } from './governor.ts';
import { type RolloutOptions, readOptions, USAGE } from './options.ts';

/** Runs what `args` ask for; returns the exit code. */
export async function runRollout(args: readonly string[]): Promise<number> {
  const options = optionsOrUsage(args);
  if (options === undefined) return 2;
  const loadBefore = loadAverage();
  if (isBusy(loadBefore)) console.error(`the machine is busy: load ${loadBefore}`);
  const processes = new NodeProcesses(options.command);
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    void processes.close().finally(() => process.exit(signalExitCode(signal)));
  });
  try {
    const nodes = await processes.start(options.nodes);
    const sidecars: number[] = [];
    for (const node of nodes.slice(0, options.sidecars)) {
      sidecars.push(await processes.startSidecar(node));
    }
    const socket = `${nodes[0]?.dataDirectory}/admin.sock`;
    const client = createAdminClient((request) => unixFetch(socket, request), realClock);
    const governor = new Governor(processes.governorKey);
    const pids = { node: nodes.map(({ pid }) => pid), sidecar: sidecars };
    const rows = await measureArrivals(client, governor, pids, options.changes);
    const loads = { loadBefore, loadAfter: loadAverage() };
    if (options.json) console.log(JSON.stringify({ ...options, ...loads, rows }));
    else console.log(`${about(options)} (load ${loadBefore} before)\n\n${table(rows)}`);
  } finally {
    await processes.close();
  }
  return 0;
}

const about = ({ nodes, sidecars, changes }: RolloutOptions): string =>
  `rollout: ${nodes} node processes and ${sidecars} sidecars on this machine, ${changes} changes of a policy`;

function optionsOrUsage(args: readonly string[]): RolloutOptions | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nusage: ${USAGE}`);
    return undefined;
  }
}
