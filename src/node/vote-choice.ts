import type { NodeName } from '../core/index.ts';
import type { Proposal, ProposalId } from '../governance/index.ts';

/** Proposals on which a node votes: a thousand nodes that vote on all that may be open would fill the records. */
export const MAX_VOTES = 8;
/** Of those that nobody has signed yet, for each node that made them: one that makes many leaves room for others. */
export const MAX_UNSIGNED_PER_WRITER = 2;

/** A proposal that may come into force. */
export interface OpenProposal {
  readonly id: ProposalId;
  readonly proposal: Proposal;
  /** Nodes that say that they have it. */
  readonly writers: readonly NodeName[];
  /** Somebody whose key counts has signed it. */
  readonly isSigned: boolean;
}

/** On which of these, the oldest first, a node votes: on those that somebody signed before others, newer ones before older. */
export function chosen(open: readonly OpenProposal[]): readonly OpenProposal[] {
  const newest = open.toReversed();
  const counts = new Map<string, number>();
  const unsigned = newest.filter(({ isSigned, writers }) => {
    if (isSigned) return false;
    // Whoever says that it has it, too, takes no room of who has made less.
    const counted = writers.map((writer) => ({ writer, count: counts.get(writer) ?? 0 }));
    const [least] = counted.toSorted((a, b) => a.count - b.count);
    if (least === undefined || least.count >= MAX_UNSIGNED_PER_WRITER) return false;
    counts.set(least.writer, least.count + 1);
    return true;
  });
  return [...newest.filter(({ isSigned }) => isSigned), ...unsigned].slice(0, MAX_VOTES);
}
