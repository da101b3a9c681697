import type { ChangeFeed, VotesView } from '../admin/index.ts';
import type { NodeName } from '../core/index.ts';
import type { Membership } from '../membership/index.ts';
import type { RecordStore } from '../replication/index.ts';
import type { UndoStack } from './undo-stack.ts';
import { VoteBook } from './vote-book.ts';
import { VoteCaster, type VoteCasterParts } from './vote-caster.ts';
import { VOTE_KIND } from './vote-claim.ts';
import { votesView } from './vote-views.ts';

interface VotePlaneParts extends VoteCasterParts {
  readonly records: RecordStore;
  readonly membership: Pick<Membership, 'members' | 'others'>;
  readonly feed: Pick<ChangeFeed, 'notify'>;
  readonly undo: UndoStack;
}

/** Votes on proposals, hears the votes of others, and returns what all of them say of one. */
export function startVotes(parts: VotePlaneParts): (proposal: string) => VotesView {
  const { records, trust, node, membership, feed, undo } = parts;
  const book = new VoteBook(() => feed.notify('proposals'));
  records.own(VOTE_KIND, book.owner);
  const caster = new VoteCaster(parts);
  caster.start();
  undo.add(() => caster.stop());
  const living = (): readonly NodeName[] => [
    node,
    ...membership.members().flatMap(({ name, state }) => (state === 'alive' ? [name] : [])),
  ];
  return (proposal) => votesView(book.votesOf(proposal), trust.current().digest, living());
}
