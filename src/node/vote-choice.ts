import type { NodeName } from '../core/index.ts';
import type { Proposal, ProposalId, Role } from '../governance/index.ts';

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
  /** The lists of it that somebody has signed whose key counts. */
  readonly signedRoles: readonly Role[];
}

/**
 * On which of these, the oldest first, a node votes: by turns on those that governors signed, that each team signed, and
 * that nobody did, newer ones before older. A key is worth no more votes for signing many.
 */
export function chosen(open: readonly OpenProposal[]): readonly OpenProposal[] {
  const newest = open.toReversed();
  const signed = newest.filter(isSigned);
  const byGovernors = signed.filter(({ signedRoles }) => signedRoles.some(isOfGovernors));
  const byTeams = signed.filter(({ signedRoles }) => !signedRoles.some(isOfGovernors));
  const teams = Map.groupBy(byTeams, ({ signedRoles: [role] }) => role);
  const unsigned = fewOfEach(newest.filter((one) => !isSigned(one)));
  return inTurns([byGovernors, ...teams.values(), unsigned]).slice(0, MAX_VOTES);
}

export const isSigned = ({ signedRoles }: Pick<OpenProposal, 'signedRoles'>): boolean =>
  signedRoles.length > 0;

const isOfGovernors = (role: Role): boolean => role === 'root' || role === 'targets';

function fewOfEach(unsigned: readonly OpenProposal[]): readonly OpenProposal[] {
  const counts = new Map<string, number>();
  return unsigned.filter(({ writers }) => {
    // Whoever says that it has it, too, takes no room of who has made less.
    const counted = writers.map((writer) => ({ writer, count: counts.get(writer) ?? 0 }));
    const [least] = counted.toSorted((a, b) => a.count - b.count);
    if (least === undefined || least.count >= MAX_UNSIGNED_PER_WRITER) return false;
    counts.set(least.writer, least.count + 1);
    return true;
  });
}

/** The first of each queue, then the second of each, and so on. */
function inTurns<One>(queues: readonly (readonly One[])[]): readonly One[] {
  const placed = queues.flatMap((queue) => queue.map((one, turn) => ({ one, turn })));
  return placed.toSorted((a, b) => a.turn - b.turn).map(({ one }) => one);
}
