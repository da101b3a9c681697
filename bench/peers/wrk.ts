import type { Processes } from './processes.ts';

export interface WrkOptions {
  readonly port: number;
  readonly seconds: number;
  /** Close after each answer, so that each request is a connection of its own. */
  readonly connection: 'keep' | 'close';
  /** Each with one `%d`, for the number of the request. */
  readonly paths: readonly string[];
}

/** What came back, all of it as it should be. */
export interface WrkResult {
  readonly requests: number;
  readonly bytes: number;
}

const CONNECTIONS = 32;
/** Of one answer: 32 of 10 MiB at the same time take a while on a busy machine. */
const TIMEOUT_SECONDS = 10;
/** Policies permit them, each for another reason. */
export const PATHS = ['/api/items/%d', '/api/orders/%d'];

/** HTTP/1.1 on 32 connections, one request at a time on each (wrk(1)). @throws when any request failed */
export async function wrk(processes: Processes, options: WrkOptions): Promise<WrkResult> {
  const script = `${import.meta.dir}/paths.lua`;
  const output = await processes.output([
    ...['wrk', '-t1', `-c${CONNECTIONS}`, `-d${options.seconds}s`, `--timeout=${TIMEOUT_SECONDS}s`],
    ...['-s', script],
    `http://127.0.0.1:${options.port}/`,
    ...['--', options.connection, ...options.paths],
  ]);
  return readWrk(output);
}

/** Reads what `paths.lua` wrote at the end. */
export function readWrk(output: string): WrkResult {
  const line = output.split('\n').find((each) => each.startsWith('{'));
  if (line === undefined) throw new Error(`wrk said nothing of its requests: ${output}`);
  const { requests, bytes, ...errors }: Record<string, number> = JSON.parse(line);
  const failures = Object.entries(errors).filter(([, count]) => count > 0);
  if (failures.length > 0) {
    throw new Error(
      `of ${requests} requests: ${failures.map((each) => each.join(' ')).join(', ')}`,
    );
  }
  if (requests === undefined || bytes === undefined || bytes === 0) {
    throw new Error('nothing was answered');
  }
  return { requests, bytes };
}
