import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeCertificates } from './certificates.ts';
import type { Stage } from './contender.ts';
import { Processes } from './processes.ts';

/** Gives `act` a stage of its own, and takes everything away again, also when it fails or a signal ends this process. */
export async function onStage<T>(act: (stage: Stage) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'selvage-peers-'));
  const processes = new Processes(directory);
  const leave = (): void => {
    processes.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  process.on('exit', leave);
  const ends: (() => Promise<void> | void)[] = [];
  try {
    const certificates = await makeCertificates(processes, directory);
    return await act({ directory, certificates, processes, atEnd: (stop) => void ends.push(stop) });
  } finally {
    for (const stop of ends) await stop();
    await processes.stop();
    leave();
    process.off('exit', leave);
  }
}
