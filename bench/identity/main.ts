// Identities of seconds under load: npm run bench -- rotation, npm run bench -- authorities
import { onSignals, signalExitCode } from '../../src/platform/index.ts';
import { isBusy, loadAverage } from '../peers/machine.ts';
import { table } from '../rows.ts';
import { authoritiesRows, measureAuthorities } from './authorities.ts';
import { type IdentityBench, type IdentityOptions, readOptions, usageOf } from './options.ts';
import { measureRotation, rotationRows } from './rotation.ts';
import { ServedMesh } from './served-mesh.ts';

const NETWORK = '127.0.79';

/** Runs what `args` ask for; returns the exit code, which is 1 when any request failed. */
export async function runIdentity(name: IdentityBench, args: readonly string[]): Promise<number> {
  const options = optionsOrUsage(name, args);
  if (options === undefined) return 2;
  const loadBefore = loadAverage();
  if (isBusy(loadBefore)) console.error(`the machine is busy: load ${loadBefore}`);
  const mesh = new ServedMesh(NETWORK);
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    void mesh.processes.close().finally(() => process.exit(signalExitCode(signal)));
  });
  try {
    const { load, rows } = await measured(name, options, mesh);
    if (options.json) console.log(JSON.stringify({ ...options, loadBefore, load, rows }));
    else console.log(`${about(name, options)} (load ${loadBefore} before)\n\n${table(rows)}`);
    for (const failure of load.failures) console.error(failure);
    return load.failed === 0 ? 0 : 1;
  } finally {
    await mesh.processes.close();
  }
}

async function measured(name: IdentityBench, plan: IdentityOptions, mesh: ServedMesh) {
  if (name === 'rotation') {
    const result = await measureRotation(plan, mesh);
    return { load: result.load, rows: rotationRows(result) };
  }
  const result = await measureAuthorities(plan, mesh);
  return { load: result.load, rows: authoritiesRows(result) };
}

const about = (name: IdentityBench, { seconds, lifeSeconds, perSecond }: IdentityOptions): string =>
  `${name}: ${seconds} s with identities of ${lifeSeconds} s and ${perSecond} requests a second`;

function optionsOrUsage(name: IdentityBench, args: readonly string[]): IdentityOptions | undefined {
  try {
    return readOptions(name, args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\nusage: ${usageOf(name)}`);
    return undefined;
  }
}
