import type { Case } from '../case.ts';
import { calls } from './calls.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { messages } from './messages.ts';
import { bodies, connections, requests } from './requests.ts';
import { workers } from './workers.ts';

/** In the order in which they run. */
export const cases: readonly Case[] = [
  requests,
  ...calls,
  messages,
  bodies,
  connections,
  latency,
  memory,
  idle,
  workers,
];
