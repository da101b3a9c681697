import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './contender.ts';
import { http, startNginx } from './nginx.ts';
import { freePort } from './processes.ts';

export const SMALL_BYTES = 1_024;
export const BIG_BYTES = 10 * 1_048_576;

/** Answers with the trace header that it got. */
export const TRACE_PATH = '/api/items/trace';

/** nginx answering 1 KiB, and 10 MiB below `/api/big/`. Its CPU is not counted. */
export async function startHttpBackend(stage: Stage): Promise<number> {
  const port = freePort();
  const files = join(stage.directory, 'files');
  mkdirSync(files);
  writeFileSync(join(files, 'big'), Buffer.alloc(BIG_BYTES, 'b'));
  const server = `
  sendfile on; tcp_nopush on;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { default_type text/plain; return 200 "${'x'.repeat(SMALL_BYTES)}"; }
    location = ${TRACE_PATH} { default_type text/plain; return 200 "$http_traceparent"; }
    location /api/big/ { alias ${files}/; }
  }`;
  await startNginx(stage, http(stage.directory, server), [port]);
  return port;
}

export const startEcho = (stage: Stage): Promise<number> => startChild(stage, 'echo-child.ts');

export const startGrpcBackend = (stage: Stage): Promise<number> =>
  startChild(stage, 'grpc-child.ts');

async function startChild({ processes }: Stage, script: string): Promise<number> {
  const port = freePort();
  const command = [process.execPath, join(import.meta.dir, script), String(port)];
  await processes.serve(command, [port]);
  return port;
}
