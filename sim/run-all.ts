import { realClock, type Terminal } from '../src/platform/index.ts';
import { paintOf } from './colours.ts';
import type { RunOrder } from './command-line.ts';
import { commitHere } from './commit-here.ts';
import {
  isGood,
  plural,
  type RunReport,
  replayCommand,
  reportLines,
  swarmLine,
  timeText,
  verdictLines,
} from './report/index.ts';
import { run } from './run.ts';
import { surroundings } from './surroundings.ts';

/** Runs what was ordered, one seed after another, and shows what came of it. Were all promises kept? */
export async function runAll(order: RunOrder, terminal: Terminal): Promise<boolean> {
  const startedAt = realClock.monotonic();
  const paint = paintOf(terminal.colours.out);
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
