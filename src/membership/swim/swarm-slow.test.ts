import { expect, test } from 'bun:test';
import { PROFILES, type Profile } from './profile.ts';
import { IS_NIGHTLY, LONG_TEST_MS } from './testing/run-size.ts';
import { Swarm } from './testing/swarm.ts';

const withoutLifeguard: Profile = {
  ...PROFILES.lan,
  healthMax: 0,
  suspicionMaxFactor: 1,
  buddy: false,
  lateMs: Number.POSITIVE_INFINITY,
};

/** One of ten reads late what comes; counts how often a member that does not was held dead. */
function falseDeaths(profile: Profile, seed: number): number {
  const swarm = new Swarm({ nodes: 30, seed, loss: 0.01, profile });
  const isSlow = (handle: number) => handle % 10 === 3;
  for (const node of swarm.nodes) {
    if (isSlow(node.handle)) node.readsLateMs = () => 1_000 + 4_000 * swarm.random.fraction();
  }
  let deaths = 0;
  swarm.onChange = ({ subject, state }) => {
    if (state === 'dead' && !isSlow(subject)) deaths += 1;
  };
  swarm.run((IS_NIGHTLY ? 20 : 1) * 60_000);
  return deaths;
}

test(
  'members that read late hold none dead that are well, where without Lifeguard they would',
  () => {
    expect(falseDeaths(withoutLifeguard, 1)).toBeGreaterThan(10);
    expect(falseDeaths(PROFILES.lan, 1)).toBe(0);
  },
  LONG_TEST_MS,
);

test(
  'a process that stands still again and again holds none dead, and is back when it runs',
  () => {
    const swarm = new Swarm({ nodes: 30, seed: 2, loss: 0.01 });
    let deaths = 0;
    swarm.onChange = ({ subject, state }) => {
      if (state === 'dead' && subject !== 4) deaths += 1;
    };
    for (let i = 0; i < 20; i++) {
      swarm.stall(4, 4_000 * swarm.random.fraction());
      swarm.run(4_500);
    }
    expect(deaths).toBe(0);
    swarm.runUntil(() => swarm.holding(4, 'alive') === 29, 10_000);
  },
  LONG_TEST_MS,
);
