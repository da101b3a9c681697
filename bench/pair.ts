import { readdirSync, readFileSync } from 'node:fs';
import { cedarWasm } from '../src/platform/index.ts';
import { compilePolicies, loadCedar, type PolicySource } from '../src/policy/index.ts';
import { load, startBackend } from './http-load.ts';
import { policySources } from './policy-set.ts';
import { type Bench, median, type Row } from './rows.ts';

const WARM_UP = 30_000;
const ROUNDS = 9;
const REQUESTS_A_ROUND = 20_000;

const PERMIT_ALL: PolicySource[] = [{ name: 'all', text: 'permit(principal, action, resource);' }];

export const pairBench: Bench = {
  about: 'both sidecars in one process, HTTP/1.1, mutual TLS between them, 32 connections',
  async run() {
    const backend = startBackend();
    const pairs = await Promise.all([
      startPair(backend.port, PERMIT_ALL),
      startPair(backend.port, policySources(1_000)),
    ]);
    const idleMiB = pairs.map(({ pid }) => residentMiB(pid));
    for (const { port } of pairs) await load(port, WARM_UP);
    const micros = pairs.map((): number[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, pair] of pairs.entries()) micros[index]?.push(await cpuPerRequest(pair));
    }
    for (const { stop } of pairs) stop();
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

interface Pair {
  readonly pid: number;
  readonly port: number;
  stop(): void;
}

async function startPair(backendPort: number, policies: readonly PolicySource[]): Promise<Pair> {
  const compiled = compilePolicies({ cedar: loadCedar(cedarWasm()), policies });
  if (!compiled.ok) throw new Error(compiled.error[0]?.message);
  const child = Bun.spawn(
    [process.execPath, `${import.meta.dir}/pair-child.ts`, String(backendPort)],
    {
      stdin: new Blob([JSON.stringify(compiled.value.program)]),
      stdout: 'pipe',
      stderr: 'inherit',
    },
  );
  for await (const line of child.stdout) {
    return {
      pid: child.pid,
      port: Number(new TextDecoder().decode(line)),
      stop: () => child.kill(),
    };
  }
  throw new Error('the pair did not start');
}

async function cpuPerRequest({ pid, port }: Pair): Promise<number> {
  const before = cpuMicros(pid);
  await load(port, REQUESTS_A_ROUND);
  return (cpuMicros(pid) - before) / REQUESTS_A_ROUND;
}

/** Time on a processor of all threads, by the scheduler's own count in nanoseconds: the ticks of `stat` are 10 ms. */
function cpuMicros(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanos = threads.map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanos.reduce((sum, each) => sum + each, 0) / 1_000;
}

function residentMiB(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1_024;
}

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
