import { expect, test } from 'bun:test';
import { IS_NIGHTLY, LONG_TEST_MS } from './testing/run-size.ts';
import { Swarm } from './testing/swarm.ts';

const [nodes, crashes] = IS_NIGHTLY ? [1_000, 30] : [100, 3];

test(
  `a crash is known to all of ${nodes} within 8 seconds, and nobody else is blamed`,
  () => {
    const latencies: number[] = [];
    for (let seed = 1; seed <= crashes; seed++) {
      const swarm = new Swarm({ nodes, seed, loss: 0.01 });
      swarm.run(1_000 + 137 * seed);
      const victim = (seed * 331) % nodes;
      const crashedAt = swarm.now;
      swarm.onChange = ({ at, subject, state }) => {
        if (state !== 'dead') return;
        expect(subject).toBe(victim);
        latencies.push(at - crashedAt);
      };
      swarm.crash(victim);
      swarm.runUntil(() => swarm.holding(victim, 'dead') === nodes - 1, 20_000);
    }
    latencies.sort((a, b) => a - b);
    expect(latencies[Math.floor(latencies.length * 0.99)]).toBeLessThan(8_000);
  },
  LONG_TEST_MS,
);

test(
  'started again, it is alive at all within seconds, at a higher incarnation',
  () => {
    const swarm = new Swarm({ nodes: 50, seed: 4, loss: 0.01 });
    swarm.run(2_000);
    swarm.crash(7);
    swarm.runUntil(() => swarm.holding(7, 'dead') === 49, 20_000);
    swarm.restart(7);
    const tookMs = swarm.runUntil(() => swarm.holding(7, 'alive') === 49, 20_000);
    expect(tookMs).toBeLessThan(3_000);
    const { incarnation } = swarm.node(3).detector.facts(7);
    expect(incarnation).toBe(swarm.node(7).detector.incarnation);
  },
  LONG_TEST_MS,
);

test(
  'started again before anybody missed it, it is never held dead',
  () => {
    const swarm = new Swarm({ nodes: 50, seed: 5, loss: 0.01 });
    swarm.run(2_000);
    swarm.crash(7);
    swarm.run(1_500);
    swarm.restart(7);
    swarm.run(20_000);
    expect(swarm.counts.get('concluded-dead')).toBeUndefined();
    expect(swarm.holding(7, 'alive')).toBe(49);
  },
  LONG_TEST_MS,
);

test(
  'who takes leave has left at all within two seconds, dead at none, and can come back',
  () => {
    const swarm = new Swarm({ nodes: 50, seed: 6, loss: 0.01 });
    swarm.run(2_000);
    swarm.node(7).detector.leave(swarm.now);
    swarm.crash(7);
    const tookMs = swarm.runUntil(() => swarm.holding(7, 'left') === 49, 20_000);
    expect(tookMs).toBeLessThan(2_000);
    swarm.run(15_000);
    expect(swarm.counts.get('concluded-dead')).toBeUndefined();
    swarm.restart(7);
    swarm.runUntil(() => swarm.holding(7, 'alive') === 49, 3_000);
  },
  LONG_TEST_MS,
);

test(
  'healthy members on a lossy network are never held dead, and cost less than 700 bytes a second',
  () => {
    const minutes = IS_NIGHTLY ? 24 * 60 : 3;
    const swarm = new Swarm({ nodes: 100, seed: 7, loss: 0.01 });
    swarm.run(minutes * 60_000);
    expect(swarm.counts.get('concluded-dead')).toBeUndefined();
    expect(swarm.bytes / 100 / (minutes * 60)).toBeLessThan(700);
  },
  LONG_TEST_MS,
);

test(
  'one seed gives one run',
  () => {
    const trace = () => {
      const swarm = new Swarm({ nodes: 30, seed: 8, loss: 0.05 });
      const changes: unknown[] = [];
      swarm.onChange = (change) => changes.push(change);
      swarm.run(3_000);
      swarm.crash(3);
      swarm.run(10_000);
      return { changes, events: swarm.events, bytes: swarm.bytes };
    };
    expect(trace()).toEqual(trace());
  },
  LONG_TEST_MS,
);
