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
        ...{ node, isCurrent: basedOn === digest },
        ...vote,
      }))
      .toSorted((a, b) => (a.node < b.node ? -1 : 1)),
    missing: [...living].filter((node) => !hasVoted(node)).toSorted(),
    newlyDenied: together(current.map(({ newlyDenied }) => newlyDenied)),
    newlyAllowed: together(current.map(({ newlyAllowed }) => newlyAllowed)),
  };
}

/** A call is seen by one node: where it enters, or where it was denied as it left. */
function together(lists: readonly TurnedCallsView[]): TurnedCallsView {
  const sums = new Map<string, TurnedCallView>();
  for (const call of lists.flatMap(({ calls }) => calls)) {
    const key = `${call.caller} ${call.service} ${call.action} ${call.reason}`;
    const before = sums.get(key)?.perMinute ?? 0;
    sums.set(key, { ...call, perMinute: before + call.perMinute });
  }
  const sorted = [...sums.values()].sort((a, b) => b.perMinute - a.perMinute);
  const unnamed = lists.reduce((total, { more }) => total + more, 0);
  return {
    calls: sorted.slice(0, MAX_CALLS),
    more: unnamed + Math.max(0, sorted.length - MAX_CALLS),
  };
}
