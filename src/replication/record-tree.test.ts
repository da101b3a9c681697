import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { RecordTree } from './record-tree.ts';
import { LEAF_ITEMS, type Place, placeOf, type Subtree, type TreeItem } from './subtree.ts';

/** An item whose place is chosen, so that a test can crowd one. */
const itemAt = (place: Place, line = place, expiresAt = 1_000): TreeItem => ({
  place,
  line,
  count: 1,
  bytes: line.length,
  expiresAt,
});
const item = (name: string, expiresAt?: number) => itemAt(placeOf(name), name, expiresAt);
const items = (count: number) => Array.from({ length: count }, (_, i) => item(`item-${i}`));

/** What a tree looks like: the items of each leaf, and where it stands. */
const shapeOf = (node: Subtree<TreeItem> | undefined): unknown => {
  if (node === undefined) return null;
  if (node.kind === 'leaf') return node.items.map(({ line }) => line);
  return { size: node.size, children: node.children.map(shapeOf) };
};

// Few first digits, so that a handful of items makes deep trees and crowded leaves.
const place = fc
  .tuple(fc.constantFrom('00', '0f', 'a0'), fc.nat(39))
  .map(([start, n]) => start + placeOf(String(n)).slice(2));
const step = fc.record({ place, line: fc.constantFrom('x', 'y'), remove: fc.boolean() });

test('whatever was put in and taken out in whatever order, equal sets are equal trees', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200, size: 'max' }),
      fc.infiniteStream(fc.nat()),
      (steps, order) => {
        let tree = RecordTree.of<TreeItem>();
        const set = new Map<Place, TreeItem>();
        for (const { place, line, remove } of steps) {
          const one = itemAt(place, line);
          tree = remove ? tree.without(place) : tree.with(one);
          if (remove) set.delete(place);
          else set.set(place, one);
        }
        const shuffled = [...set.values()]
          .map((one) => ({ one, key: order.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        const fresh = RecordTree.of(shuffled);
        expect(shapeOf(tree.at(''))).toEqual(shapeOf(fresh.at('')));
        expect(tree.digest).toBe(fresh.digest);
        expect([tree.size, tree.count, tree.bytes, tree.expiresAt]).toEqual([
          set.size,
          set.size,
          [...set.values()].reduce((sum, { bytes }) => sum + bytes, 0),
          set.size === 0 ? Number.POSITIVE_INFINITY : 1_000,
        ]);
        expect([...tree.items()].map((one) => one.place)).toEqual([...set.keys()].sort());
        expect(tree.last).toBe([...tree.items()].at(-1));
        for (const one of set.values()) expect(tree.get(one.place)).toBe(one);
      },
    ),
    { seed: 20261120, numRuns: 200 },
  );
});

test('digests differ when one item says something else, is missing, or is one more', () => {
  const tree = RecordTree.of(items(1_000));
  const seen = new Set([tree.digest, RecordTree.of<TreeItem>().digest]);
  for (const other of [
    tree.with({ ...item('item-7'), line: 'other' }),
    tree.without(placeOf('item-7')),
    tree.with(item('one more')),
  ]) {
    expect(seen.has(other.digest)).toBe(false);
    seen.add(other.digest);
  }
});

test('a leaf becomes a branch when one item more would not fit, and one less makes it a leaf again', () => {
  const full = RecordTree.of(items(LEAF_ITEMS));
  expect(full.at('')?.kind).toBe('leaf');
  const more = full.with(item('one more'));
  expect(more.at('')?.kind).toBe('branch');
  const less = more.without(placeOf('one more'));
  expect(less.at('')?.kind).toBe('leaf');
  expect(less.digest).toBe(full.digest);
});

test('items that share all but the last digit are told apart', () => {
  const start = 'f'.repeat(62);
  const crowd = Array.from({ length: 40 }, (_, i) => start + i.toString(16).padStart(2, '0'));
  const tree = RecordTree.of(crowd.map((place) => itemAt(place)));
  expect(tree.size).toBe(40);
  expect(crowd.every((place) => tree.get(place)?.place === place)).toBe(true);
  expect(tree.at(start)?.size).toBe(40);
});

test('below any path stand exactly the items whose places begin with it, with the digest they have anywhere', () => {
  const tree = RecordTree.of(items(500));
  const small = RecordTree.of(items(500).filter(({ place }) => place.startsWith('3c')));
  expect(tree.at('3')?.size).toBe([...tree.items()].filter(({ place }) => place[0] === '3').length);
  expect(small.at('')?.kind).toBe('leaf');
  expect(small.at('3c')?.digest).toBe(tree.at('3c')?.digest ?? '');
  for (const path of ['30', '3c0', 'ffff', '3cq', 'G', 'é', `${placeOf('item-1')}0`]) {
    const expected = [...tree.items()].filter(({ place }) => place.startsWith(path)).length;
    expect(tree.at(path)?.size ?? 0).toBe(expected);
  }
});

test('what a change did not touch is the very same in both trees', () => {
  const before = RecordTree.of(items(5_000));
  const after = before.with(item('one more'));
  const [left, right] = [before.at(''), after.at('')];
  if (left?.kind !== 'branch' || right?.kind !== 'branch') throw new Error('5,000 items branch');
  const shared = left.children.filter((child, digit) => child === right.children[digit]);
  expect(shared).toHaveLength(15);
  expect(before.get(placeOf('one more'))).toBeUndefined();
  const held = before.get(placeOf('item-1'));
  if (held === undefined) throw new Error('it holds item-1');
  expect(before.with(held)).toBe(before);
  expect(before.without(placeOf('never'))).toBe(before);
});

test('only what is due is looked at, and the first end of all is known', () => {
  let looked = 0;
  const watched = (n: number): TreeItem => ({
    ...item(`w-${n}`),
    get expiresAt() {
      looked++;
      return n;
    },
  });
  const tree = RecordTree.of(Array.from({ length: 4_096 }, (_, n) => watched(n)));
  looked = 0;
  expect(tree.expiresAt).toBe(0);
  expect([...tree.due(-1)]).toEqual([]);
  expect(looked).toBe(0);
  expect([...tree.due(2)].map(({ line }) => line).sort()).toEqual(['w-0', 'w-1', 'w-2']);
  expect(looked).toBeLessThan(100);
});
