import { memoryOf } from '../../../src/platform/index.ts';
import { sidecarMebibytes } from '../../memory.ts';
import { median, type Row } from '../../rows.ts';
import { startEcho } from '../backends.ts';
import type { Case } from '../case.ts';
import type { Contender, Stage } from '../contender.ts';
import { contenders } from '../contenders.ts';
import { FIRST, openIdle } from '../idle-connections.ts';

const TUNNELS = 4_000;
/** Longer than the runtime waits before it tidies up. */
const SETTLE_MS = 3_000;
const KIB = 1_024;
/** Both ends of a tunnel are in what is counted: the caller's sidecar and the callee's. */
const ENDS = 2;

export const memory: Case = {
  name: 'memory',
  about: `resident memory (VmRSS): an idle sidecar of the demo; one end of a TCP tunnel, of ${TUNNELS} idle ones`,
  async run(stage) {
    const sidecars = await sidecarMebibytes();
    const idleRow = { unit: 'MiB', bar: 90, stretch: 60 };
    const rows: Row[] = [{ what: 'ours, a sidecar, idle', value: median(sidecars), ...idleRow }];
    const failures: string[] = [];
    for (const contender of contenders.filter(({ speeches }) => speeches.includes('tcp'))) {
      try {
        const value = await kibibytesPerEnd(stage, contender);
        const aim = contender.name === 'ours, two processes' ? { bar: 20, stretch: 10 } : {};
        rows.push({ what: `${contender.name}, an end of a tunnel`, value, unit: 'KiB', ...aim });
      } catch (error) {
        failures.push(`${contender.name}: ${error instanceof Error ? error.message : error}`);
      }
    }
    return { rows, failures, rounds: {} };
  },
};

async function kibibytesPerEnd(stage: Stage, contender: Contender): Promise<number> {
  const backendPort = await startEcho(stage);
  const { port, pids } = await contender.start(stage, { speech: 'tcp', backendPort });
  const resident = (): number =>
    pids.reduce((sum, pid) => sum + (memoryOf(pid)?.residentBytes ?? Number.NaN), 0);
  await Bun.sleep(SETTLE_MS);
  const before = resident();
  const tunnels = await openIdle(stage.processes, { port, count: TUNNELS, first: FIRST.tcp });
  await Bun.sleep(SETTLE_MS);
  tunnels.assertRunning();
  return (resident() - before) / TUNNELS / ENDS / KIB;
}
