import type { NodeVote, TurnedCallsView, TurnedCallView, VotesView } from './vote-view.ts';

const MINUTE_MS = 60_000;
/** Nodes that are told of each by itself; a person reads no more. */
const MAX_NODES_SHOWN = 10;

/** Votes in words, a line each: what the proposal would do to the calls of late, and by whose word. */
export function describeVotes(votes: VotesView): readonly string[] {
  const current = votes.nodes.filter(({ isCurrent }) => isCurrent);
  const judged = current.filter(({ problem, samples }) => problem === undefined && samples > 0);
  const blind = current.filter(({ problem, samples }) => problem === undefined && samples === 0);
  const turned = [
    ...turnedLines(votes.newlyDenied, 'deny', 'allowed'),
    ...turnedLines(votes.newlyAllowed, 'allow', 'denied'),
  ];
  return [
    ...turned,
    ...(turned.length === 0 ? quietLines(judged, blind) : []),
    ...shortened(judged.map(wordOf), 'nodes that judged'),
    ...(blind.length === 0
      ? []
      : [`saw no calls of late: ${namesOf(blind.map(({ node }) => node))}`]),
    ...current.flatMap(({ node, problem }) =>
      problem === undefined ? [] : [`${node} cannot judge it: ${problem}`],
    ),
    ...distinct(current.flatMap(({ unseen }) => unseen)).map(
      (what) => `not remembered, and taken to be absent: ${what}`,
    ),
    ...distinct(current.flatMap(({ errors }) => errors)).map((error) => `would fail: ${error}`),
    ...(votes.missing.length === 0 ? [] : [`has not voted: ${namesOf(votes.missing)}`]),
  ];
}

/** No line where nodes saw no calls, for they are named as such. */
function quietLines(judged: readonly NodeVote[], blind: readonly NodeVote[]): readonly string[] {
  if (judged.length > 0) return ['would change nothing for the calls of late'];
  return blind.length > 0 ? [] : ['no node has judged calls of late by it yet'];
}

function turnedLines(
  { calls, more }: TurnedCallsView,
  verb: 'deny' | 'allow',
  now: string,
): string[] {
  const lines = calls.map(
    (call) =>
      `would ${verb} ${rate(call.perMinute)} calls/min ${call.caller} → ${call.service} (${call.action}) that are ${now} now${because(call)}`,
  );
  return more === 0 ? lines : [...lines, `would ${verb} calls of ${more} more kinds`];
}

/** The policies are what one expects; anything else is told. */
function because({ reason }: TurnedCallView): string {
  switch (reason) {
    case 'service-gone':
      return ': the service goes away';
    case 'caller-gone':
      return ': the caller loses its identity';
    case 'protocol':
      return ': the service would speak something else';
    default:
      return '';
  }
}

/** What one node says: a lying member's word is seen to be its own. */
function wordOf({ node, samples, windowMs, newlyDenied, newlyAllowed }: NodeVote): string {
  const minutes = rate(windowMs / MINUTE_MS);
  return `${node}: denies ${sum(newlyDenied)} and allows ${sum(newlyAllowed)} calls/min more, judged by ${samples} kinds of calls of ${minutes} min`;
}

const sum = ({ calls, more }: TurnedCallsView): string =>
  `${more === 0 ? '' : 'over '}${rate(calls.reduce((total, { perMinute }) => total + perMinute, 0))}`;

const rate = (value: number): string =>
  value >= 10 || Number.isInteger(value)
    ? String(Math.round(value))
    : value < 0.1
      ? 'under 0.1'
      : value.toFixed(1);

const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

function shortened(lines: readonly string[], what: string): readonly string[] {
  const rest = lines.length - MAX_NODES_SHOWN;
  return rest <= 0 ? lines : [...lines.slice(0, MAX_NODES_SHOWN), `and ${rest} more ${what}`];
}

function namesOf(names: readonly string[]): string {
  const rest = names.length - MAX_NODES_SHOWN;
  const shown = names.slice(0, MAX_NODES_SHOWN).join(', ');
  return rest <= 0 ? shown : `${shown} and ${rest} more`;
}
