import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './contender.ts';
import { MORE_HEADERS, REQUEST } from './grpc-message.ts';

export interface H2loadOptions {
  readonly port: number;
  readonly seconds: number;
  readonly connections: number;
  /** On each connection at a time. */
  readonly streams: number;
}

const METHODS = 10_000;

/** Unary gRPC calls of 10,000 methods in turn (h2load(1)); returns how many were answered. @throws when any failed */
export async function h2load(stage: Stage, options: H2loadOptions): Promise<number> {
  const { port, seconds, connections, streams } = options;
  const uris = join(stage.directory, `uris-${port}`);
  const lines = Array.from(
    { length: METHODS },
    (_, n) => `http://127.0.0.1:${port}${methodPath(n)}`,
  );
  writeFileSync(uris, `${lines.join('\n')}\n`);
  const body = join(stage.directory, 'message');
  writeFileSync(body, REQUEST);
  const headers = {
    ':authority': 'catalog',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...MORE_HEADERS,
  };
  const output = await stage.processes.output([
    ...[
      'h2load',
      '-t1',
      `-c${connections}`,
      `-m${streams}`,
      `-D${seconds}`,
      '-i',
      uris,
      '-d',
      body,
    ],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
  ]);
  return readH2load(output);
}

/** One of the methods of the load; policies judge it by its path. */
export const methodPath = (n: number): string => `/shop.Catalog/Get${n}`;

/** Reads the summary: all that was done must have succeeded. */
export function readH2load(output: string): number {
  const counts = /^requests: (.*)$/m.exec(output)?.[1] ?? '';
  const count = (what: string): number =>
    Number(new RegExp(`(\\d+) ${what}`).exec(counts)?.[1] ?? Number.NaN);
  const [done, succeeded] = [count('done'), count('succeeded')];
  const good = Number(/^status codes: (\d+) 2xx/m.exec(output)?.[1]);
  if (!(done > 0) || succeeded !== done || good < done) {
    throw new Error(`not all calls succeeded: ${counts}; ${good} answers with status 2xx`);
  }
  return done;
}
