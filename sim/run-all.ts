import picocolors from 'picocolors';
import {
  hostProcess,
  memoryOf,
  realClock,
  runCommand,
  type Terminal,
} from '../src/platform/index.ts';
import type { RunOrder } from './command-line.ts';
import {
  isGood,
  type Paint,
  plural,
  type RunReport,
  replayCommand,
  reportLines,
  swarmLine,
  timeText,
  verdictLines,
} from './report/index.ts';
import { run, type Surroundings } from './run.ts';

const ERASE_LINE = '\r\u001b[K';
const GIT_TIMEOUT_MS = 5_000;

/** Runs what was ordered, one seed after another, and shows what came of it. Were all promises kept? */
export async function runAll(order: RunOrder, terminal: Terminal): Promise<boolean> {
  const startedAt = realClock.monotonic();
  const paint = paintOf(terminal);
  const print = (lines: readonly string[]): void =>
    lines.forEach((line) => void terminal.write(`${line}\n`));
  const isSwarm = order.seeds.length > 1;
  const failed: RunReport[] = [];
  for (const seed of order.seeds) {
    const scenario = order.scenarioOf(seed);
    const report = run(scenario, seed, surroundings(terminal, `seed ${seed}`));
    if (!isGood(report)) failed.push(report);
    if (order.json) print([JSON.stringify(report)]);
    else if (isSwarm) print([swarmLine(report, scenario, paint)]);
    else print([...reportLines(report, paint), '']);
  }
  if (order.json) return failed.length === 0;
  if (isSwarm) {
    const took = timeText(realClock.monotonic() - startedAt);
    for (const report of failed) print(['', ...reportLines(report, paint)]);
    print(['', `${plural(order.seeds.length, 'run')} in ${took}, ${failed.length} failed`]);
  }
  const commit = failed.length === 0 ? '' : await commitHere();
  if (failed.length === 0) print(['sim: ok']);
  for (const report of failed) {
    print(verdictLines(report, replayCommand(order.flags, report.seed), commit));
  }
  return failed.length === 0;
}

function surroundings({ interactive, writeError }: Terminal, what: string): Surroundings {
  return {
    clock: realClock,
    peakBytes: () => memoryOf(hostProcess().pid)?.peakBytes ?? Number.NaN,
    progress: (share) => {
      if (!interactive) return;
      writeError(share < 1 ? `${ERASE_LINE}${what}: ${Math.floor(share * 100)} %` : ERASE_LINE);
    },
  };
}

function paintOf({ colours }: Terminal): Paint {
  const { bold, dim, green, red } = picocolors.createColors(colours.out);
  return { bold, dim, good: green, bad: red };
}

/** Of the source that runs, as far as git knows. */
async function commitHere(): Promise<string> {
  const { directory, environment } = hostProcess();
  const command = ['git', 'rev-parse', '--short', 'HEAD'];
  const { output } = await runCommand({
    command,
    directory,
    environment,
    timeoutMs: GIT_TIMEOUT_MS,
  });
  return output.trim() || 'unknown';
}
