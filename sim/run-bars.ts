import type { Terminal } from '../src/platform/index.ts';
import { barLine, MEASUREMENTS, type RunOne, type RunTrust, verdictOf } from './bars/index.ts';
import { paintOf } from './colours.ts';
import type { BarsOrder } from './command-line.ts';
import type { RunReport } from './report/index.ts';
import { run } from './run.ts';
import { runTrust } from './run-trust.ts';
import { randomTrustPlan } from './scenario/index.ts';
import { surroundings, trustSurroundings } from './surroundings.ts';

/** Measures what was ordered, one after another, and shows each figure as it comes. Was every bar reached? */
export async function runBars(
  { names, json, seeds }: BarsOrder,
  terminal: Terminal,
): Promise<boolean> {
  const paint = paintOf(terminal.colours.out);
  let isReached = true;
  for (const name of names.length > 0 ? names : Object.keys(MEASUREMENTS)) {
    const measurement = MEASUREMENTS[name];
    const checked = <Report extends Pick<RunReport, 'checks'>>(what: string, report: Report) => {
      for (const { promise, breaches } of report.checks) {
        if (breaches.length === 0) continue;
        isReached = false;
        terminal.writeError(`${what}: broken: ${promise}\n`);
      }
      return report;
    };
    const runOne: RunOne = (scenario, seed) => {
      const what = `${name}: ${scenario.lifeguard ? '' : 'without Lifeguard, '}seed ${seed}`;
      return checked(what, run(scenario, seed, surroundings(terminal, what)));
    };
    const runOneTrust: RunTrust = async (seed) => {
      const what = `${name}: seed ${seed}`;
      return checked(
        what,
        await runTrust(randomTrustPlan(seed), seed, trustSurroundings(terminal, what)),
      );
    };
    const results = await measurement?.measure(runOne, runOneTrust, seeds);
    for (const [i, measured] of results?.entries() ?? []) {
      const bar = measurement?.bars[i];
      if (bar === undefined) continue;
      if (verdictOf(bar, measured) === 'MISSED') isReached = false;
      const line = json
        ? JSON.stringify({ name, ...bar, ...measured, verdict: verdictOf(bar, measured) })
        : barLine(name, bar, measured, paint);
      terminal.write(`${line}\n`);
    }
  }
  return isReached;
}
