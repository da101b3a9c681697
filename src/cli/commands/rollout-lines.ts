import type { RolloutNode, RolloutView } from '../../admin/index.ts';
import { visibleText } from '../../core/index.ts';
import { shortDigest } from './views.ts';

/** More are in `-o json`. */
const MAX_SHOWN = 20;

/** What a person reads: whether it has arrived, who lags and why, how long it took and by whose clocks. */
export function rolloutLines(view: RolloutView): string[] {
  const { nodes, have, living } = view;
  const late = stragglersOf(view);
  const gone = nodes.filter(({ state }) => state === 'dead' || state === 'left');
  const isEverywhere = view.complete ? ': it has arrived' : '';
  return [
    headLine(view),
    `enforced by ${have} of ${living} nodes that live${isEverywhere}`,
    ...late.slice(0, MAX_SHOWN).map((node) => `  not by ${stragglerWords(node)}`),
    ...(late.length > MAX_SHOWN ? [`  nor by ${late.length - MAX_SHOWN} more`] : []),
    ...(gone.length === 0
      ? []
      : [`not waited for: ${gone.map(({ name, state }) => `${name} (${state})`).join(', ')}`]),
    ...timeLines(view),
  ];
}

/** Those that live and do not enforce it. */
export const stragglersOf = ({ nodes }: RolloutView): readonly RolloutNode[] =>
  nodes.filter(({ has, state }) => !has && state !== 'dead' && state !== 'left');

export const stragglerWords = ({ name, state, reason }: RolloutNode): string =>
  `${name} (${state === 'self' ? 'this node' : state})${reason === undefined ? '' : `: ${visibleText(reason)}`}`;

function headLine({ version, digest, publishedAt, publishedBy }: RolloutView): string {
  const by = publishedBy === undefined ? '' : ` by ${publishedBy}`;
  if (digest === undefined) return `version ${version} is not in force at this node yet`;
  const published = publishedAt === undefined ? '' : `, published ${publishedAt}${by}`;
  return `version ${version} (digest ${shortDigest(digest)})${published}`;
}

function timeLines({ tookMs, publishedBy }: RolloutView): string[] {
  if (tookMs === undefined) return [];
  const { p50, p99, last } = tookMs;
  const from = publishedBy === undefined ? 'its publisher’s clock' : `the clock of ${publishedBy}`;
  return [
    `taken up after ${inMs(p50)} (median), ${inMs(p99)} (p99), ${inMs(last)} (the last): from ${from} to each node’s own`,
  ];
}

const inMs = (ms: number): string => `${Math.round(ms)} ms`;
