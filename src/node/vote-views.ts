import type { TurnedCallsView, TurnedCallView, VotesView } from '../admin/index.ts';
import type { NodeName } from '../core/index.ts';
import type { VoteClaim } from './vote-claim.ts';

/** Kinds of calls that are shown, of all nodes together. */
const MAX_CALLS = 20;

/** What `votes` come to where `digest` is in force; `living`: the nodes from which a vote is to be had. */
export function votesView(
  votes: ReadonlyMap<NodeName, VoteClaim>,
  digest: string,
  living: Iterable<NodeName>,
): VotesView {
  const current = [...votes.values()].filter(({ basedOn }) => basedOn === digest);
  const hasVoted = (node: NodeName) => votes.get(node)?.basedOn === digest;
  return {
    nodes: [...votes]
      .map(([node, { v: _v, proposal: _proposal, basedOn, ...vote }]) => ({
        node,
        isCurrent: basedOn === digest,
        ...vote,
      }))
      .toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    missing: [...living].filter((node) => !hasVoted(node)).toSorted(),
    newlyDenied: together(current.map(({ newlyDenied }) => newlyDenied)),
    newlyAllowed: together(current.map(({ newlyAllowed }) => newlyAllowed)),
  };
}

/** A kind of call as all nodes together tell of it. */
interface Told {
  readonly call: TurnedCallView;
  /** Its place in the list of the node that has it nearest to the top. */
  readonly rank: number;
}

/**
 * A call is seen by one node: where it enters, or where it was denied as it left. What is shown is, of each node, its
 * most frequent ones before others: so that one that lies takes its own place only.
 */
function together(lists: readonly TurnedCallsView[]): TurnedCallsView {
  const sums = new Map<string, Told>();
  for (const { calls } of lists) {
    for (const [at, call] of calls.entries()) {
      const key = `${call.caller} ${call.service} ${call.action} ${call.reason}`;
      const before = sums.get(key);
      const perMinute = (before?.call.perMinute ?? 0) + call.perMinute;
      sums.set(key, { call: { ...call, perMinute }, rank: Math.min(before?.rank ?? at, at) });
    }
  }
  const shown = [...sums.values()]
    .sort((a, b) => a.rank - b.rank || b.call.perMinute - a.call.perMinute)
    .slice(0, MAX_CALLS)
    .map(({ call }) => call);
  const unnamed = lists.reduce((total, { more }) => total + more, 0);
  return {
    calls: shown.sort((a, b) => b.perMinute - a.perMinute),
    more: unnamed + Math.max(0, sums.size - MAX_CALLS),
  };
}
