import { parseArgs } from 'node:util';
import { wholeNumber } from '../whole-number.ts';

export interface NodesOptions {
  /** Processes of `selvage node`, one mesh. */
  readonly nodes: number;
  readonly changes: number;
  /** How long the mesh is left alone while its processors' time is counted, seconds. */
  readonly idleSeconds: number;
  readonly json: boolean;
  /** How `selvage` is started; the single executable, made anew, when left out. */
  readonly command?: string;
}

export const USAGE =
  'npm run bench -- nodes [--nodes N] [--changes N] [--idle SECONDS] [--command FILE] [--json]';

/** Each has an address of its own in 127.0.76.0/24. */
export const MAX_NODES = 200;

/** @throws Error in words for a flag that is unknown or has no sense */
export function readOptions(args: readonly string[]): NodesOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: { type: 'string', default: '30' },
      changes: { type: 'string', default: '100' },
      idle: { type: 'string', default: '60' },
      command: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { command, json } = values;
  return {
    nodes: wholeNumber('nodes', values.nodes, 2, MAX_NODES),
    changes: wholeNumber('changes', values.changes, 1, 10_000),
    idleSeconds: wholeNumber('idle', values.idle, 1, 3_600),
    json,
    ...(command === undefined ? {} : { command }),
  };
}
