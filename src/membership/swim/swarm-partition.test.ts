import { expect, test } from 'bun:test';
import { IS_NIGHTLY, LONG_TEST_MS } from './testing/run-size.ts';
import { Swarm } from './testing/swarm.ts';

test(
  'of two, or of three, the one that dies is dead to the others',
  () => {
    for (const nodes of [2, 3]) {
      const swarm = new Swarm({ nodes, seed: nodes, loss: 0.01 });
      swarm.run(2_000);
      swarm.crash(0);
      const tookMs = swarm.runUntil(() => swarm.holding(0, 'dead') === nodes - 1, 20_000);
      expect(tookMs).toBeLessThan(9_000);
      swarm.restart(0);
      swarm.runUntil(() => swarm.holding(0, 'alive') === nodes - 1, 5_000);
    }
  },
  LONG_TEST_MS,
);

/** Cuts it in two for a while; tells whether the sides agree, and how long the heal took. */
function partition(nodes: number, smaller: number, seed: number) {
  const swarm = new Swarm({ nodes, seed, loss: 0.01 });
  const isSame = (a: number, b: number) => a < smaller === b < smaller;
  const all = (isSo: (observer: number, subject: number) => boolean) =>
    swarm.nodes.every(({ handle: a }) =>
      swarm.nodes.every(({ handle: b }) => a === b || isSo(a, b)),
    );
  swarm.run(2_000);
  swarm.isCut = (from, to) => !isSame(from, to);
  const cutMs = swarm.runUntil(
    () => all((a, b) => swarm.state(a, b) === (isSame(a, b) ? 'alive' : 'dead')),
    300_000,
  );
  swarm.run(60_000);
  swarm.isCut = () => false;
  const healMs = swarm.runUntil(() => all((a, b) => swarm.state(a, b) === 'alive'), 30_000);
  return { cutMs, healMs };
}

test(
  'five that fall into two and three see only their own side alive, and all again when it heals',
  () => {
    const { cutMs, healMs } = partition(5, 2, 1);
    expect(cutMs).toBeLessThan(20_000);
    expect(healMs).toBeLessThan(6_000);
  },
  LONG_TEST_MS,
);

test(
  'halves of a mesh see only themselves alive, and all again within seconds',
  () => {
    const nodes = IS_NIGHTLY ? 400 : 40;
    const { cutMs, healMs } = partition(nodes, nodes / 2, 2);
    // Whoever missed the news of some finds out in their turn.
    expect(cutMs).toBeLessThan(nodes * 250 + 30_000);
    expect(healMs).toBeLessThan(10_000);
  },
  LONG_TEST_MS,
);

test(
  'one that others reach is not dead to those that cannot reach it, nor they to it',
  () => {
    const swarm = new Swarm({ nodes: 20, seed: 3, loss: 0.01 });
    const cut = (a: number, b: number) => a === 0 && b > 0 && b < 6;
    swarm.isCut = (from, to) => cut(from, to) || cut(to, from);
    swarm.run(120_000);
    expect(swarm.counts.get('concluded-dead')).toBeUndefined();
  },
  LONG_TEST_MS,
);

test(
  'one that hears nobody is dead to nobody for longer than it is cut off',
  () => {
    const swarm = new Swarm({ nodes: 20, seed: 4, loss: 0.01 });
    swarm.run(2_000);
    swarm.isCut = (_, to) => to === 0;
    swarm.run(40_000);
    expect(swarm.holding(0, 'dead')).toBe(19); // whoever answers nothing is dead
    swarm.isCut = () => false;
    swarm.runUntil(
      () => swarm.nodes.every(({ handle }) => swarm.holding(handle, 'alive') === 19),
      20_000,
    );
  },
  LONG_TEST_MS,
);
