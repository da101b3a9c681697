import type { Fault } from '../scenario/fault.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Paint } from './paint.ts';
import { isGood, type RunReport } from './run-report.ts';
import { plural, timeText } from './words.ts';

/** One of many runs, in one line: enough to see what it was and whether it went well. */
export function swarmLine(report: RunReport, scenario: Scenario, paint: Paint): string {
  const verdict = isGood(report) ? paint.good('ok  ') : paint.bad('FAIL');
  const faults = [...new Set(scenario.faults.map(wordsOf))].join(', ');
  return [
    `  ${verdict}  seed ${String(report.seed).padEnd(6)}`,
    plural(report.nodes, 'node').padEnd(12),
    timeText(report.cost.wallMs).padStart(8),
    ` ${paint.dim(report.trace)}  `,
    faults === '' ? paint.dim('nothing goes wrong') : faults,
  ].join('');
}

function wordsOf(fault: Fault): string {
  if (fault.kind === 'partition') return `${fault.shape} partition`;
  if (fault.kind === 'liars') return `liars (${fault.deeds.join(', ')})`;
  if (fault.kind === 'crash') return fault.backAfterS === undefined ? 'crash' : 'crash and return';
  return fault.kind;
}
