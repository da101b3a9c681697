import { join } from 'node:path';
import type { Processes, Serving } from './processes.ts';

const child = join(import.meta.dir, 'idle-child.ts');

/** What is said once on each connection before it rests. */
export const FIRST = {
  http: 'GET /api/items/0 HTTP/1.1\r\nHost: catalog\r\n\r\n',
  tcp: 'hello',
} as const;

/** Connections that have been used once and are kept open, for as long as their process runs. */
export function openIdle(
  processes: Processes,
  { port, count, first }: { port: number; count: number; first: string },
): Promise<Serving> {
  const command = [process.execPath, child, String(port), String(count), first];
  return processes.serve(command, 'output');
}
