// Identities of seconds under load: npm run bench -- rotation, npm run bench -- authorities
import { runMeshBench } from '../nodes/mesh-bench.ts';
import { optionsOrUsage } from '../options-or-usage.ts';
import { authoritiesRows, measureAuthorities } from './authorities.ts';
import { type IdentityBench, type IdentityOptions, readOptions, usageOf } from './options.ts';
import { measureRotation, rotationRows } from './rotation.ts';
import { ServedMesh } from './served-mesh.ts';

const NETWORK = '127.0.79';

/** Runs what `args` ask for; returns the exit code, which is 1 when any request failed. */
export async function runIdentity(name: IdentityBench, args: readonly string[]): Promise<number> {
  const options = optionsOrUsage(() => readOptions(name, args), usageOf(name));
  if (options === undefined) return 2;
  const mesh = new ServedMesh(NETWORK);
  const { load } = await runMeshBench(mesh.processes, {
    about: about(name, options),
    options,
    measure: () => measured(name, options, mesh),
  });
  for (const failure of load.failures) console.error(failure);
  return load.failed === 0 ? 0 : 1;
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
