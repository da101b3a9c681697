import { checkHttp } from '../answers.ts';
import { BIG_BYTES, SMALL_BYTES, startHttpBackend } from '../backends.ts';
import { cpuCase } from '../cpu-case.ts';
import { PATHS, wrk } from '../wrk.ts';

const BIG_PATHS = ['/api/big/big?n=%d'];
const first = (paths: readonly string[]): string => (paths[0] ?? '').replace('%d', '0');
const check = (port: number): Promise<void> => checkHttp(port, first(PATHS), SMALL_BYTES);

export const requests = cpuCase({
  name: 'http1',
  about: 'HTTP/1.1, answers of 1 KiB, 32 connections, 10,000 paths: CPU of the pair per request',
  speech: 'http',
  unit: 'µs',
  aims: [
    { against: 'nginx', families: ['nginx'], bar: 1, stretch: 0.85 },
    { against: 'HAProxy', families: ['HAProxy'], bar: 1, stretch: 0.85 },
    { against: 'Envoy', families: ['Envoy'], bar: 0.6, stretch: 0.4 },
  ],
  backend: startHttpBackend,
  check,
  async load({ processes }, port, seconds) {
    const result = await wrk(processes, { port, seconds, connection: 'keep', paths: PATHS });
    return result.requests;
  },
});

export const connections = cpuCase({
  name: 'connections',
  about:
    'HTTP/1.1, a new connection of the client for each request: CPU of the pair per connection',
  speech: 'http',
  unit: 'µs',
  aims: [{ against: 'nginx', families: ['nginx'], bar: 1.1, stretch: 0.9 }],
  backend: startHttpBackend,
  check,
  async load({ processes }, port, seconds) {
    const result = await wrk(processes, { port, seconds, connection: 'close', paths: PATHS });
    return result.requests;
  },
});

const GB = 1e9;

export const bodies = cpuCase({
  name: 'bodies',
  about: 'HTTP/1.1, answers of 10 MiB, 32 connections: CPU of the pair per GB',
  speech: 'http',
  unit: 'ms',
  microsPerUnit: 1_000,
  // Long enough that some of 32 that come at the same time are whole.
  turnSeconds: 2,
  aims: [
    {
      against: 'the best of the three',
      families: ['nginx', 'HAProxy', 'Envoy'],
      bar: 0.8,
      stretch: 0.6,
    },
  ],
  backend: startHttpBackend,
  check: (port) => checkHttp(port, first(BIG_PATHS), BIG_BYTES),
  async load({ processes }, port, seconds) {
    const options = { port, seconds, connection: 'keep', paths: BIG_PATHS } as const;
    return (await wrk(processes, options)).bytes / GB;
  },
});
