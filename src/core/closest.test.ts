import { expect, test } from 'bun:test';
import { closest } from './closest.ts';

const KEYS = ['identities', 'protocol', 'timeouts', 'uid'];

test('a misspelt word finds the one that was meant', () => {
  expect(closest('identites', KEYS)).toBe('identities');
  expect(closest('Protocol', KEYS)).toBe('protocol');
  expect(closest('timeout', KEYS)).toBe('timeouts');
});

test('two letters that changed places are one mistake, also in a short word', () => {
  expect(closest('gte', ['set', 'get'])).toBe('get');
  expect(closest('iud', KEYS)).toBe('uid');
});

test('a word that is like none of them gets no suggestion', () => {
  expect(closest('selectors', KEYS)).toBeUndefined();
  expect(closest('x', KEYS)).toBeUndefined();
  expect(closest('', KEYS)).toBeUndefined();
});
