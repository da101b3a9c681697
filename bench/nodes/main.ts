// Real node processes, no simulation: npm run bench -- nodes
import { resolve } from 'node:path';
import { onSignals, signalExitCode } from '../../src/platform/index.ts';
import { builtExecutable } from '../executable.ts';
import { isBusy, loadAverage } from '../peers/machine.ts';
import { table } from '../rows.ts';
import { NodeProcesses } from './node-processes.ts';
import { type NodesOptions, readOptions, USAGE } from './options.ts';
import { measureRest } from './rest.ts';
import { measureSpreading } from './spreading.ts';

/** Runs what `args` ask for; returns the exit code. */
export async function runNodes(args: readonly string[]): Promise<number> {
  const options = optionsOrUsage(args);
  if (options === undefined) return 2;
  const command = resolve(options.command ?? (await builtExecutable()));
  const loadBefore = loadAverage();
  if (isBusy(loadBefore)) console.error(`the machine is busy: load ${loadBefore}`);
  const processes = new NodeProcesses(command);
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    void processes.close().finally(() => process.exit(signalExitCode(signal)));
  });
  try {
    const nodes = await processes.start(options.nodes);
    const rows = [
      ...(await measureSpreading(nodes, options.changes)),
      ...(await measureRest(nodes, options.idleSeconds)),
    ];
    const loads = { loadBefore, loadAfter: loadAverage() };
    if (options.json) console.log(JSON.stringify({ ...options, command, ...loads, rows }));
    else console.log(`${about(options)} (load ${loadBefore} before)\n\n${table(rows)}`);
  } finally {
    await processes.close();
  }
  return 0;
}

const about = ({ nodes, changes, idleSeconds }: NodesOptions): string =>
  `nodes: ${nodes} node processes on this machine, ${changes} changes, then ${idleSeconds} s at rest`;

function optionsOrUsage(args: readonly string[]): NodesOptions | undefined {
  try {
    return readOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nusage: ${USAGE}`);
    return undefined;
  }
}
