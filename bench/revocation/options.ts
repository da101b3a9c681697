import { parseArgs } from 'node:util';
import { MAX_NODES } from '../nodes/options.ts';
import { wholeNumber } from '../whole-number.ts';

export interface RevocationOptions {
  /** Processes of `selvage node`, one mesh. */
  readonly nodes: number;
  /** Sidecars with a live connection each, on as many nodes. */
  readonly sidecars: number;
  /** Revocations of each kind. */
  readonly rounds: number;
  readonly json: boolean;
}

export const USAGE = 'npm run bench -- revocation [--nodes N] [--sidecars N] [--rounds N] [--json]';

/** @throws Error in words for a flag that is unknown or has no sense */
export function readOptions(args: readonly string[]): RevocationOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '30' },
      sidecars: { type: 'string' },
      rounds: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
    },
  });
  const nodes = wholeNumber('nodes', values.nodes, 2, MAX_NODES);
  return {
    nodes,
    sidecars: wholeNumber('sidecars', values.sidecars ?? String(Math.min(nodes, 8)), 1, nodes),
    rounds: wholeNumber('rounds', values.rounds, 1, 1_000),
    json: values.json,
  };
}
