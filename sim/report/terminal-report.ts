import type { Paint } from './paint.ts';
import { isGood, type RunReport, type Spread } from './run-report.ts';
import { bytesText, countText, plural, timeText } from './words.ts';

const LABEL_WIDTH = 14;
const COLUMN_WIDTH = 15;

/** One run for a person's eyes: what was measured, what was checked, and the verdict's reasons. */
export function reportLines(report: RunReport, paint: Paint): readonly string[] {
  const { scenario, nodes, virtualMinutes, seed, trace } = report;
  const heading = `${scenario}: ${plural(nodes, 'node')}, ${timeText(virtualMinutes * 60_000)} of virtual time, seed ${seed}`;
  return [
    paint.bold(heading),
    '',
    ...spreadLines('a change', 'seen', report.propagation, paint),
    ...spreadLines('a crash', 'confirmed', report.detection, paint),
    labelled('false deaths', falseDeathsText(report)),
    labelled('traffic', trafficText(report.bytesPerNodePerSecond, paint)),
    labelled('agreement', agreementText(report.agreementMs)),
    labelled('cost', costText(report)),
    labelled('trace', `${trace}  ${paint.dim('equal for equal runs')}`),
    '',
    ...report.checks.flatMap(({ promise, breaches }) =>
      breaches.length === 0
        ? [`  ${paint.good('ok')}    ${promise}`]
        : [
            `  ${paint.bad('FAIL')}  ${promise}`,
            ...breaches.map((breach) => `          ${breach}`),
          ],
    ),
  ];
}

/** The last line of a run: the word that scripts look for, and how to see a failure again. */
export function verdictLines(
  report: Pick<RunReport, 'seed' | 'checks'>,
  replay: string,
  commit: string,
): readonly string[] {
  if (isGood(report)) return ['sim: ok'];
  return [`sim: FAILED seed=${report.seed} commit=${commit}`, `  replay: ${replay}`];
}

function spreadLines(
  what: string,
  verb: string,
  { onEach, onAll }: { readonly onEach: Spread; readonly onAll: Spread },
  paint: Paint,
): readonly string[] {
  if (onEach.count === 0) return [];
  const columns = ({ p50, p99, max }: Spread): string =>
    [`p50 ${timeText(p50)}`, `p99 ${timeText(p99)}`, `max ${timeText(max)}`]
      .map((text) => text.padEnd(COLUMN_WIDTH))
      .join('');
  const on = (where: string): string => `${verb} on ${where}`.padEnd(COLUMN_WIDTH + 6);
  return [
    labelled(what, `${on('each')}${columns(onEach)}`.trimEnd()),
    labelled('', `${on('all')}${columns(onAll)}${paint.dim(`of ${countText(onAll.count)}`)}`),
  ];
}

const labelled = (label: string, text: string): string => `  ${label.padEnd(LABEL_WIDTH)}${text}`;

function falseDeathsText({ falseDeaths }: RunReport): string {
  const { ofHealthyAtHealthy, ofHealthyAtSlow, ofSlow } = falseDeaths;
  const [healthy, slow] = [ofHealthyAtHealthy + ofHealthyAtSlow, countText(ofSlow)];
  return `of healthy members ${countText(healthy)} (${countText(ofHealthyAtSlow)} at slow ones), of slow ones ${slow}`;
}

function trafficText(bytes: RunReport['bytesPerNodePerSecond'], paint: Paint): string {
  const total = Object.values(bytes).reduce((sum, one) => sum + one, 0);
  const parts = Object.entries(bytes)
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, one]) => `${kind} ${bytesText(one)}`);
  return `${bytesText(total)} a second sent by each node  ${paint.dim(parts.join(', '))}`;
}

const agreementText = (ms: number | null): string =>
  ms === null ? 'never' : `all hold the same records ${timeText(ms)} after the last fault`;

function costText({ cost }: RunReport): string {
  const each = cost.events === 0 ? 0 : (cost.wallMs * 1_000) / cost.events;
  return `${timeText(cost.wallMs)} of wall time, ${countText(cost.events)} events (${each.toFixed(1)} µs each), ${bytesText(cost.peakBytes)} of memory`;
}
