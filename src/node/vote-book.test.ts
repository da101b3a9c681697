import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import { Member, TestAuthority } from '../replication/testing/members.ts';
import { VoteBook } from './vote-book.ts';
import { problemVote, VOTE_KIND } from './vote-claim.ts';

const A = 'aa'.repeat(32);
const B = 'bb'.repeat(32);
const vote = (proposal: string, problem: string) =>
  problemVote({ proposal, basedOn: 'cd'.repeat(32) }, problem);

function start() {
  const options = { clock: new FakeClock(Date.now()), authority: new TestAuthority() };
  const [n1, n2] = [new Member('n1', options), new Member('n2', options)];
  let changes = 0;
  const book = new VoteBook(() => {
    changes += 1;
  });
  n1.records.own(VOTE_KIND, book.owner);
  const hear = () => {
    for (const record of n2.records.snapshot().records()) {
      const bytes = n2.records.bytesOf(record.id);
      if (bytes !== undefined) n1.records.accept(bytes, 'peer' as never); // any peer
    }
  };
  const said = (proposal: string) =>
    [...book.votesOf(proposal)].map(([node, { problem }]) => [node, problem]);
  return { n1, n2, book, hear, said, changes: () => changes };
}

test('votes are known by proposal and node, each node’s last, until it takes it back', () => {
  const { n1, n2, hear, said, changes } = start();
  n1.records.put(VOTE_KIND, A, vote(A, 'one'));
  n2.records.put(VOTE_KIND, A, vote(A, 'two'));
  n2.records.put(VOTE_KIND, B, vote(B, 'three'));
  hear();
  expect([said(A), said(B)]).toEqual([
    [
      ['n1', 'one'],
      ['n2', 'two'],
    ],
    [['n2', 'three']],
  ]);
  n2.records.put(VOTE_KIND, A, vote(A, 'four'));
  n1.records.withdraw(VOTE_KIND, A);
  hear();
  expect(said(A)).toEqual([['n2', 'four']]);
  expect(changes()).toBe(5);
});

test('a node has one vote on a proposal: one under another’s id is kept out', () => {
  const { n1, n2, book, hear, said } = start();
  n2.records.put(VOTE_KIND, A, vote(A, 'mine'));
  n2.records.put(VOTE_KIND, 'again', vote(A, 'mine too'));
  n2.records.put(VOTE_KIND, B, { v: 1, nonsense: true });
  hear();
  expect(said(A)).toEqual([['n2', 'mine']]);
  expect(book.votesOf(B)).toEqual(new Map<NodeName, never>());
  expect(n1.records.quarantined()).toHaveLength(2);
});
