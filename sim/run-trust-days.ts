import type { Terminal } from '../src/platform/index.ts';
import { paintOf } from './colours.ts';
import type { TrustOrder } from './command-line.ts';
import { commitHere } from './commit-here.ts';
import {
  isGood,
  plural,
  replayCommand,
  type TrustReport,
  trustLine,
  trustLines,
  verdictLines,
} from './report/index.ts';
import { runTrust } from './run-trust.ts';
import { randomTrustPlan } from './scenario/index.ts';
import { trustSurroundings } from './surroundings.ts';

/** Runs a bad day of each seed, and shows what came of it. Were all promises kept? */
export async function runTrustDays(order: TrustOrder, terminal: Terminal): Promise<boolean> {
  const paint = paintOf(terminal.colours.out);
  const print = (lines: readonly string[]): void =>
    lines.forEach((line) => void terminal.write(`${line}\n`));
  const failed: TrustReport[] = [];
  for (const seed of order.seeds) {
    const plan = randomTrustPlan(seed, order.nodes);
    const report = await runTrust(plan, seed, trustSurroundings(terminal, `seed ${seed}`));
    if (!isGood(report)) failed.push(report);
    if (order.json) print([JSON.stringify(report)]);
    else if (order.seeds.length === 1) print([...trustLines(report, plan, paint), '']);
    else {
      print([trustLine(report, plan, paint)]);
      if (!isGood(report)) print(trustLines(report, plan, paint));
    }
  }
  if (order.json) return failed.length === 0;
  if (order.seeds.length > 1) {
    print(['', `${plural(order.seeds.length, 'run')}, ${failed.length} failed`]);
  }
  if (failed.length === 0) print(['sim: ok']);
  const commit = failed.length === 0 ? '' : await commitHere();
  for (const report of failed) {
    print(verdictLines(report, replayCommand(order.flags, report.seed), commit));
  }
  return failed.length === 0;
}
