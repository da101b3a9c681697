import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import type { Proposal, ProposalId, Role } from '../governance/index.ts';
import { chosen, MAX_UNSIGNED_PER_WRITER, MAX_VOTES, type OpenProposal } from './vote-choice.ts';

const one = (id: string, writer: string, ...signedRoles: Role[]): OpenProposal =>
  saidBy(id, [writer], signedRoles);
const saidBy = (
  id: string,
  writers: readonly string[],
  signedRoles: readonly Role[] = [],
): OpenProposal => ({
  id: id as ProposalId, // by which they are told apart here
  proposal: {} as Proposal, // which nobody looks at
  writers: writers as readonly NodeName[], // labels
  signedRoles,
});
const idsOf = (open: readonly OpenProposal[]): readonly string[] =>
  chosen(open).map(({ id }) => id);

test('the newest of many proposals are voted on', () => {
  const many = Array.from({ length: MAX_VOTES + 2 }, (_, n) => one(`p${n}`, `n${n}`));
  expect(idsOf(many)).toEqual(Array.from({ length: MAX_VOTES }, (_, n) => `p${MAX_VOTES + 1 - n}`));
});

test('a node that makes many leaves room for others, and for what somebody signed', () => {
  const flood = Array.from({ length: 20 }, (_, n) => one(`flood-${n}`, 'liar'));
  const open = [one('signed', 'liar', 'targets'), one('honest', 'n1'), ...flood];
  expect(idsOf(open)).toEqual(['signed', 'flood-19', 'flood-18', 'honest']);
  expect(MAX_UNSIGNED_PER_WRITER).toBe(2);
});

test('a node that says it has what others propose, too, takes no room of theirs', () => {
  const honest = ['n1', 'n2', 'n3'].map((writer) => saidBy(writer, ['liar', writer]));
  const open = [...honest, one('flood-1', 'liar'), one('flood-2', 'liar')];
  expect(idsOf(open)).toEqual(['flood-2', 'flood-1', 'n3', 'n2', 'n1']);
});

test('a team that signs many, on whatever nodes, crowds out nobody', () => {
  const flood = Array.from({ length: 20 }, (_, n) => one(`flood-${n}`, `n${n}`, 'ns.payments'));
  const governors = [one('governors-1', 'n1', 'targets'), one('governors-2', 'n1', 'root')];
  const open = [one('unsigned', 'n2'), ...governors, one('shop', 'n3', 'ns.shop'), ...flood];
  const votes = idsOf(open);
  expect(votes.slice(0, 4)).toEqual(['governors-2', 'flood-19', 'shop', 'unsigned']);
  expect(votes.slice(4)).toEqual(['governors-1', 'flood-18', 'flood-17', 'flood-16']);
});
