// Real node processes, no simulation: npm run bench -- nodes
import { resolve } from 'node:path';
import { builtExecutable } from '../executable.ts';
import { optionsOrUsage } from '../options-or-usage.ts';
import { runMeshBench } from './mesh-bench.ts';
import { NodeProcesses } from './node-processes.ts';
import { type NodesOptions, readOptions, USAGE } from './options.ts';
import { measureRest } from './rest.ts';
import { measureSpreading } from './spreading.ts';

/** Runs what `args` ask for; returns the exit code. */
export async function runNodes(args: readonly string[]): Promise<number> {
  const given = optionsOrUsage(() => readOptions(args), USAGE);
  if (given === undefined) return 2;
  const options = { ...given, command: resolve(given.command ?? (await builtExecutable())) };
  const processes = new NodeProcesses(options.command);
  await runMeshBench(processes, {
    about: about(options),
    options,
    measure: async () => {
      const nodes = await processes.start(options.nodes);
      const spreading = await measureSpreading(nodes, options.changes);
      return { rows: [...spreading, ...(await measureRest(nodes, options.idleSeconds))] };
    },
  });
  return 0;
}

const about = ({ nodes, changes, idleSeconds }: NodesOptions): string =>
  `nodes: ${nodes} node processes on this machine, ${changes} changes, then ${idleSeconds} s at rest`;
