import { expect, test } from 'bun:test';
import type { Repository } from '../repository/index.ts';
import {
  GovernedMesh,
  opened,
  orders,
  payments,
  policy,
  publishedByLiar,
} from '../testing/index.ts';
import { Forks } from './forks.ts';
import { MAX_FORKS } from './messages.ts';

const mesh = new GovernedMesh();
const changed = (held = mesh.founded, name = 'a', by = 0): Repository =>
  opened(
    mesh.publish(
      held,
      { put: [policy(name, `// ${name}`, payments)], by: mesh.payments },
      mesh.authorities[by]?.online,
    ),
  );
const held = opened(
  mesh.publish(mesh.founded, { put: [policy('o', '// o', orders)], by: mesh.orders }),
);

test('a fork is kept while it has what is not in force, and let go when all of it is', () => {
  const forks = new Forks();
  const fork = changed();
  expect(forks.add(held, opened(mesh.founded))).toBe(false);
  expect(forks.add(held, fork)).toBe(true);
  expect(forks.add(held, fork)).toBe(false);
  forks.settle(held);
  expect(forks.all()).toEqual([fork]);
  forks.settle(changed(held.files));
  expect(forks.all()).toEqual([]);
});

test('a fork that has all of another one takes its place', () => {
  const forks = new Forks();
  const first = changed();
  const second = changed(first.files, 'b');
  forks.add(held, first);
  expect(forks.add(held, second)).toBe(true);
  expect(forks.all()).toEqual([second]);
  expect(forks.add(held, first)).toBe(false);
});

test('only so many forks are kept: the next one has its turn when one is settled', () => {
  const forks = new Forks();
  // The later, the higher its numbers, and the worse its list: none has all of another.
  const lists = Array.from({ length: 12 }, (_, at) => changed(mesh.founded, `n${at}`));
  const ranked = lists
    .toSorted((one, other) => (hashOf(one) < hashOf(other) ? -1 : 1))
    .map(({ files }, at) =>
      opened(publishedByLiar(files, mesh.authorities[2].online, { version: 10 + at })),
    );
  const taken = ranked.map((fork) => forks.add(held, fork));
  expect(taken.filter(Boolean)).toHaveLength(MAX_FORKS);
  expect(forks.all()).toEqual(ranked.slice(0, MAX_FORKS));
});

const hashOf = ({ snapshot }: Repository): string =>
  snapshot.signed.meta['ns.payments.json']?.hashes?.sha256 ?? '';
