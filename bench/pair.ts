import { readFileSync } from 'node:fs';
import { cedarWasm } from '../src/platform/index.ts';
import { compilePolicies, loadCedar, type PolicySource } from '../src/policy/index.ts';
import { load, startBackend } from './http-load.ts';
import { policySources } from './policy-set.ts';
import { type Bench, median, type Row } from './rows.ts';

const WARM_UP = 30_000;
const ROUNDS = 9;
const REQUESTS_A_ROUND = 20_000;
/** `utime` and `stime` of /proc/PID/stat, of which a second has 100 on every Linux that runs Bun. */
const TICK_MICROS = 10_000;

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
    const [all = Number.NaN, many = Number.NaN] = micros.map(median);
    return [
      row('CPU of the pair per request, one policy', all, 'µs'),
      row('CPU of the pair per request, 1,000 policies', many, 'µs'),
      row('1,000 policies against one', many / all, '×', [1.05, 1.02]),
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
  const before = cpuTicks(pid);
  await load(port, REQUESTS_A_ROUND);
  return ((cpuTicks(pid) - before) * TICK_MICROS) / REQUESTS_A_ROUND;
}

/** proc(5): fields 14 and 15, counted behind the name, which may hold spaces. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
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
