import { onSignals, signalExitCode } from '../../src/platform/index.ts';
import { isBusy, loadAverage } from '../peers/machine.ts';
import { type Row, table } from '../rows.ts';
import type { NodeProcesses } from './node-processes.ts';

export interface MeshBench<Result extends { readonly rows: readonly Row[] }> {
  readonly about: string;
  readonly options: { readonly json: boolean };
  /** Starts the mesh and measures it. */
  measure(): Promise<Result>;
}

/** Prints what is measured at a mesh of real processes, which end whatever happens. */
export async function runMeshBench<Result extends { readonly rows: readonly Row[] }>(
  processes: NodeProcesses,
  { about, options, measure }: MeshBench<Result>,
): Promise<Result> {
  const loadBefore = loadAverage();
  if (isBusy(loadBefore)) console.error(`the machine is busy: load ${loadBefore}`);
  onSignals(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    void processes.close().finally(() => process.exit(signalExitCode(signal)));
  });
  try {
    const result = await measure();
    const loads = { loadBefore, loadAfter: loadAverage() };
    if (options.json) console.log(JSON.stringify({ ...options, ...loads, ...result }));
    else console.log(`${about} (load ${loadBefore} before)\n\n${table(result.rows)}`);
    return result;
  } finally {
    await processes.close();
  }
}
