import { join } from 'node:path';
import { quantile } from '../rows.ts';
import type { Processes } from './processes.ts';

const RATE_PER_SECOND = 1_000;
const child = join(import.meta.dir, 'open-loop-child.ts');

/** The 99th percentile of 1,000 requests a second, in milliseconds, each from the moment at which it was due. */
export async function openLoopP99(
  processes: Processes,
  { port, connections, seconds }: { port: number; connections: number; seconds: number },
): Promise<number> {
  const numbers = [port, connections, RATE_PER_SECOND, seconds].map(String);
  const times: number[] = JSON.parse(await processes.output([process.execPath, child, ...numbers]));
  return quantile(times, 0.99);
}
