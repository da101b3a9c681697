import { checkCall } from '../answers.ts';
import { startGrpcBackend } from '../backends.ts';
import type { Case } from '../case.ts';
import { cpuCase } from '../cpu-case.ts';
import { REQUEST } from '../grpc-message.ts';
import { h2load, methodPath } from '../h2load.ts';

/** Few connections with many calls at a time, as between services; and many with one, as of many clients. */
export const calls: readonly Case[] = [
  { name: 'grpc-4x8', connections: 4, streams: 8 },
  { name: 'grpc-32x1', connections: 32, streams: 1 },
].map(({ name, connections, streams }) =>
  cpuCase({
    name,
    about: `gRPC, unary, ${connections} connections with ${streams} calls at a time, 10,000 paths, eight more headers each way: CPU of the pair per call`,
    speech: 'grpc',
    unit: 'µs',
    aims: [
      { against: 'HAProxy', families: ['HAProxy'], bar: 1.1, stretch: 0.9 },
      { against: 'nginx', families: ['nginx'], bar: 0.5, stretch: 0.35 },
      { against: 'Envoy', families: ['Envoy'], bar: 0.6, stretch: 0.4 },
    ],
    backend: startGrpcBackend,
    check: (port) => checkCall(port, methodPath(0), REQUEST),
    load: (stage, port, seconds) => h2load(stage, { port, seconds, connections, streams }),
  }),
);
