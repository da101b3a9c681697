import { parseArgs } from 'node:util';
import { MAX_NODES } from '../nodes/options.ts';
import { wholeNumber } from '../whole-number.ts';

export interface RolloutOptions {
  /** Processes of `selvage node`, one mesh. */
  readonly nodes: number;
  /** Of them this many have a sidecar attached, each a process of its own. */
  readonly sidecars: number;
  readonly changes: number;
  readonly json: boolean;
  /** How `selvage` is started; from this clone when left out. */
  readonly command?: string;
}

export const USAGE =
  'npm run bench -- rollout [--nodes N] [--sidecars N] [--changes N] [--command FILE] [--json]';

/** @throws Error in words for a flag that is unknown or has no sense */
export function readOptions(args: readonly string[]): RolloutOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '30' },
      sidecars: { type: 'string' },
      changes: { type: 'string', default: '50' },
      command: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { command, json } = values;
  const nodes = wholeNumber('nodes', values.nodes, 2, MAX_NODES);
  return {
    nodes,
    sidecars: wholeNumber('sidecars', values.sidecars ?? String(nodes), 0, nodes),
    changes: wholeNumber('changes', values.changes, 1, 10_000),
    json,
    ...(command === undefined ? {} : { command }),
  };
}
