import type { TrustPlan } from '../scenario/index.ts';
import type { Paint } from './paint.ts';
import type { CheckResult } from './run-report.ts';
import { countText, plural, timeText } from './words.ts';

/** What came of one bad day of those who say what is in force, as plain data. */
export interface TrustReport {
  readonly scenario: string;
  readonly seed: number;
  readonly nodes: number;
  /** Changes that a node said were published, and refusals by their code. */
  readonly published: number;
  readonly refusals: Readonly<Record<string, number>>;
  /** What nodes noticed of authorities that contradict each other, by kind, at all nodes together. */
  readonly conflicts: Readonly<Record<string, number>>;
  /** Different sets in force on honest nodes in the end: one, or the mesh is split. */
  readonly sets: number;
  /** From when the last fault was over, and burned numbers let go of, until all that could hear each other had one set. */
  readonly mergedMs: number | null;
  /** From when the node that had been cut off through it all was back until it had it too. */
  readonly agreementMs: number | null;
  readonly cost: { readonly wallMs: number; readonly events: number; readonly verified: number };
  readonly trace: string;
  readonly checks: readonly CheckResult[];
}

/** One of many runs, in one line. */
export function trustLine(report: TrustReport, plan: TrustPlan, paint: Paint): string {
  const isGood = report.checks.every(({ breaches }) => breaches.length === 0);
  const verdict = isGood ? paint.good('ok  ') : paint.bad('FAIL');
  return [
    `  ${verdict}  seed ${String(report.seed).padEnd(6)}`,
    timeText(report.cost.wallMs).padStart(8),
    ` ${paint.dim(report.trace)}  `,
    `${plural(report.sets, 'set')}, merged in ${timeText(report.mergedMs)}; ${wordsOf(plan)}`,
  ].join('');
}

/** One run for a person's eyes. */
export function trustLines(report: TrustReport, plan: TrustPlan, paint: Paint): readonly string[] {
  const { seed, nodes, published, refusals, cost, trace } = report;
  const refused = Object.entries(refusals).map(([code, count]) => `, ${code} ${count} times`);
  const labelled = (label: string, text: string): string => `  ${label.padEnd(12)}${text}`;
  return [
    paint.bold(`trust: ${plural(nodes, 'node')}, ${plan.authorities} authorities, seed ${seed}`),
    '',
    labelled('what', wordsOf(plan)),
    labelled('published', `${plural(published, 'change')}${refused.join('')}`),
    labelled('noticed', conflictsText(report.conflicts)),
    labelled('in force', plural(report.sets, 'set')),
    labelled('merged', `${timeText(report.mergedMs)} after the last parting`),
    labelled('agreement', `${timeText(report.agreementMs)} after the last node was back`),
    labelled(
      'cost',
      `${timeText(cost.wallMs)} of wall time, ${countText(cost.events)} events, ${countText(cost.verified)} verifications`,
    ),
    labelled('trace', `${trace}  ${paint.dim('equal for equal runs')}`),
    '',
    ...report.checks.flatMap(({ promise, breaches }) =>
      breaches.length === 0
        ? [`  ${paint.good('ok')}    ${promise}`]
        : [`  ${paint.bad('FAIL')}  ${promise}`, ...breaches.map((one) => `          ${one}`)],
    ),
  ];
}

function wordsOf({ partings, crashes, faults, liar }: TrustPlan): string {
  const sides = partings.map(({ shares }) => shares.length + 1).join(', ');
  const words = [
    `${plural(partings.length, 'parting')} (${sides} sides)`,
    ...crashes.map(({ lostWrites }) => `a crash${lostWrites > 0 ? ' with lost writes' : ''}`),
    ...faults.map(({ kind }) => kind),
    ...(liar === undefined ? [] : [`a liar (${liar.deed})`]),
  ];
  return words.join(', ');
}

function conflictsText(conflicts: TrustReport['conflicts']): string {
  const kinds = Object.entries(conflicts).map(([kind, count]) => `${kind} ${countText(count)}`);
  return kinds.length === 0 ? 'nothing' : kinds.join(', ');
}
