import { expect, test } from 'bun:test';
import { eventually } from '../../ports/testing/index.ts';
import { ComparisonLine } from './comparison-line.ts';

function line() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const comparisons = new ComparisonLine((peer) => {
    begun.push(peer);
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.set(peer, resolve);
    return promise;
  });
  return { comparisons, begun, end: (peer: string) => ends.get(peer)?.() };
}

test('peers that do not come to an end keep others waiting only when they are three', async () => {
  const { comparisons, begun, end } = line();
  for (const peer of ['slow', 'slower', 'a', 'b']) comparisons.add(peer);
  expect(begun).toEqual(['slow', 'slower', 'a']);
  end('a');
  await eventually('b has its turn', () => begun.length === 4);
  expect(begun).toEqual(['slow', 'slower', 'a', 'b']);
});

test('a peer stands in the line once, and is compared with once at a time', async () => {
  const { comparisons, begun, end } = line();
  for (const peer of ['a', 'a', 'b', 'a', 'b']) comparisons.add(peer);
  expect(begun).toEqual(['a', 'b']);
  end('a');
  await eventually('a has its second turn', () => begun.length === 3);
  expect(begun).toEqual(['a', 'b', 'a']);
});

test('nobody is compared with after the line was cleared', async () => {
  const { comparisons, begun, end } = line();
  for (const peer of ['a', 'b', 'c', 'd']) comparisons.add(peer);
  comparisons.clear();
  for (const peer of ['a', 'b', 'c']) end(peer);
  await Promise.resolve();
  comparisons.add('e');
  await eventually('e has its turn', () => begun.includes('e'));
  expect(begun).toEqual(['a', 'b', 'c', 'e']);
});
