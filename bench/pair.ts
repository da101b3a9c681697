import { memoryOf } from '../src/platform/index.ts';
import type { PolicySource } from '../src/policy/index.ts';
import { cpuMicros } from './cpu-clock.ts';
import { load, startBackend } from './http-load.ts';
import { type OurPair, startOurPair } from './our-pair.ts';
import { policySources } from './policy-set.ts';
import { type Bench, median, type Row } from './rows.ts';

const WARM_UP = 30_000;
const ROUNDS = 9;
const REQUESTS_A_ROUND = 20_000;
const MIB = 1_048_576;

const PERMIT_ALL: PolicySource[] = [{ name: 'all', text: 'permit(principal, action, resource);' }];

export const pairBench: Bench = {
  about: 'both sidecars in one process, HTTP/1.1, mutual TLS between them, 32 connections',
  async run() {
    const backend = startBackend();
    const pairs = await Promise.all([
      startPair(backend.port, PERMIT_ALL),
      startPair(backend.port, policySources(1_000)),
    ]);
    const idleMiB = pairs.map(residentMiB);
    for (const { port } of pairs) await load(port, WARM_UP);
    const micros = pairs.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, pair] of pairs.entries()) micros[index]?.push(await cpuPerRequest(pair));
    }
    for (const pair of pairs) await pair.stop();
    backend.stop();
    const [all = [], many = []] = micros;
    const ratios = many.map((cost, round) => cost / (all[round] ?? Number.NaN));
    return [
      row('CPU of the pair per request, one policy', median(all), 'µs'),
      row('CPU of the pair per request, 1,000 policies', median(many), 'µs'),
      row('1,000 policies against one, round by round', median(ratios), '×', [1.05, 1.02]),
      row('resident, both sidecars, idle, 1,000 policies', idleMiB[1] ?? Number.NaN, 'MiB'),
    ];
  },
};

const startPair = (backendPort: number, policies: readonly PolicySource[]): Promise<OurPair> =>
  startOurPair({ protocol: 'http', policies, backendPort, sides: 'together' });

async function cpuPerRequest({ pids, port }: OurPair): Promise<number> {
  const before = cpuMicros(pids);
  await load(port, REQUESTS_A_ROUND);
  return (cpuMicros(pids) - before) / REQUESTS_A_ROUND;
}

const residentMiB = ({ pids }: OurPair): number =>
  pids.reduce((sum, pid) => sum + (memoryOf(pid)?.residentBytes ?? Number.NaN), 0) / MIB;

const row = (
  what: string,
  value: number,
  unit: string,
  [bar, stretch]: readonly number[] = [],
): Row => ({
  what,
  value,
  unit,
  ...(bar === undefined ? {} : { bar }),
  ...(stretch === undefined ? {} : { stretch }),
});
