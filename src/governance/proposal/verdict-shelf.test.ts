import { expect, test } from 'bun:test';
import { person } from '../testing/index.ts';
import type { ProposalId } from './body.ts';
import { signRejection } from './verdict.ts';
import { VerdictShelf } from './verdict-shelf.ts';

test('a verdict stands under its proposal for as long as a record carries it, and nothing stays behind', () => {
  const shelf = new VerdictShelf();
  const id = '0'.repeat(64) as ProposalId; // by its form
  const verdict = signRejection(person('bob').signer, id, '');
  shelf.put('n1', verdict);
  shelf.put('n2', verdict);
  expect(shelf.remove('n1')).toBe(id);
  expect(shelf.remove('n1')).toBeUndefined();
  expect(shelf.of(id)).toEqual([verdict]);
  expect(shelf.remove('n2')).toBe(id);
  expect(shelf.of(id)).toEqual([]);
});
