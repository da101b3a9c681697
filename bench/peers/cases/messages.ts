import { join } from 'node:path';
import { startEcho } from '../backends.ts';
import { cpuCase } from '../cpu-case.ts';

const CONNECTIONS = 32;
const child = join(import.meta.dir, '../ping-pong-child.ts');

export const messages = cpuCase({
  name: 'tcp',
  about: 'TCP, 32 connections, messages of 64 bytes there and back: CPU of the pair per round trip',
  speech: 'tcp',
  unit: 'µs',
  aims: [
    { against: 'nginx', families: ['nginx'], bar: 1, stretch: 0.9 },
    { against: 'HAProxy', families: ['HAProxy'], bar: 1, stretch: 0.9 },
  ],
  backend: startEcho,
  // Each load looks at what comes back by itself.
  check: () => Promise.resolve(),
  load: async ({ processes }, port, seconds) =>
    Number(
      await processes.output([
        process.execPath,
        child,
        ...[port, CONNECTIONS, seconds].map(String),
      ]),
    ),
});
