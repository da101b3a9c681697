import type { Terminal } from '../src/platform/index.ts';
import { barLine, MEASUREMENTS, verdictOf } from './bars/index.ts';
import { paintOf } from './colours.ts';
import type { BarsOrder } from './command-line.ts';
import { run } from './run.ts';
import { surroundings } from './surroundings.ts';

/** Measures what was ordered, one after another, and shows each figure as it comes. Was every bar reached? */
export function runBars({ names, json }: BarsOrder, terminal: Terminal): boolean {
  const paint = paintOf(terminal.colours.out);
  let isReached = true;
  for (const name of names.length > 0 ? names : Object.keys(MEASUREMENTS)) {
    const measurement = MEASUREMENTS[name];
    const results = measurement?.measure((scenario, seed) => {
      const what = `${name}: ${scenario.lifeguard ? '' : 'without Lifeguard, '}seed ${seed}`;
      const report = run(scenario, seed, surroundings(terminal, what));
      for (const { promise, breaches } of report.checks) {
        if (breaches.length === 0) continue;
        isReached = false;
        terminal.writeError(`${what}: broken: ${promise}\n`);
      }
      return report;
    });
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
