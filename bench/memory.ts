import { openShop } from '../src/demo/index.ts';
import { memoryOf } from '../src/platform/index.ts';
import { builtExecutable } from './executable.ts';
import { type Bench, median, type Row } from './rows.ts';

const SIDECARS = ['frontend', 'catalog-v1', 'catalog-v2', 'payments', 'ledger'];
/** Longer than the runtime waits before it tidies up after a start. */
const IDLE_MS = 5_000;
const MIB = 1_048_576;

export const memoryBench: Bench = {
  about: "resident memory of five of the demo's sidecars, each idle behind its workload (VmRSS)",
  async run() {
    const executable = await builtExecutable();
    return [...(await residents('from a clone')), ...(await residents('compiled', [executable]))];
  },
};

async function residents(how: string, command?: readonly string[]): Promise<Row[]> {
  const mebibytes = await sidecarMebibytes(command);
  const row = { unit: 'MiB', bar: 60, stretch: 45 };
  return [
    { what: `${how}: median`, value: median(mebibytes), ...row },
    { what: `${how}: largest`, value: Math.max(...mebibytes), ...row },
  ];
}

/** What each of the demo's sidecars occupies when it has come to rest. */
export async function sidecarMebibytes(command?: readonly string[]): Promise<number[]> {
  const shop = await openShop(command === undefined ? {} : { command });
  try {
    await Bun.sleep(IDLE_MS);
    const mebibytes = SIDECARS.flatMap((name) => shop.workloads.sidecarPids(name)).map(
      (pid) => (memoryOf(pid)?.residentBytes ?? Number.NaN) / MIB,
    );
    if (mebibytes.length !== SIDECARS.length) throw new Error('not one sidecar per workload');
    return mebibytes;
  } finally {
    await shop.close(false);
  }
}
