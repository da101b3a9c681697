import { DEEDS } from './deed.ts';
import type { Fault } from './fault.ts';
import { PLAIN_NETWORK, type Scenario } from './scenario.ts';

const PLAIN = {
  start: 'settled',
  profile: 'lan',
  lifeguard: true,
  network: PLAIN_NETWORK,
  changesPerSecond: 0,
  faults: [],
} as const;

/** One crash after another, so that each is measured by itself: `count` of them, `apartS` seconds between. */
const crashes = (count: number, apartS: number): readonly Fault[] =>
  Array.from({ length: count }, (_, i) => ({
    kind: 'crash',
    dies: 'host',
    lostWrites: 0,
    nodes: 1,
    atS: 10 + i * apartS,
  }));

/** A day on which little happens: changes, and a host lost now and then. */
const ordinary: Scenario = {
  ...PLAIN,
  name: 'ordinary',
  nodes: 1_000,
  minutes: 10,
  changesPerSecond: 1,
  faults: crashes(5, 60),
};

/** What each promise is measured with; any of it can be given other numbers on the command line. */
export const SCENARIOS: Readonly<Record<string, { about: string; scenario: Scenario }>> = {
  ordinary: { about: 'changes, and a host that dies each minute', scenario: ordinary },
  spread: {
    about: 'a change each second, and nothing goes wrong',
    scenario: { ...PLAIN, name: 'spread', nodes: 1_000, minutes: 5, changesPerSecond: 1 },
  },
  crash: {
    about: 'one host after another dies for good',
    scenario: { ...PLAIN, name: 'crash', nodes: 1_000, minutes: 6, faults: crashes(20, 15) },
  },
  steady: {
    about: 'nothing happens at all: what a mesh costs',
    scenario: { ...PLAIN, name: 'steady', nodes: 1_000, minutes: 10 },
  },
  healthy: {
    about: 'a day of 100 nodes without a fault',
    scenario: { ...PLAIN, name: 'healthy', nodes: 100, minutes: 24 * 60 },
  },
  slow: {
    about: 'a tenth of the members reads each message 1 to 5 s late',
    scenario: {
      ...PLAIN,
      name: 'slow',
      nodes: 60,
      minutes: 1.5,
      faults: [{ kind: 'late', atS: 10, forS: 80, share: 0.1, fromMs: 1_000, toMs: 5_000 }],
    },
  },
  blocked: {
    about: 'a tenth of the members stands still most of the time',
    scenario: {
      ...PLAIN,
      name: 'blocked',
      nodes: 100,
      minutes: 10,
      faults: [{ kind: 'slow', atS: 10, forS: 540, share: 0.1, awakeMs: 100, blockedMs: 16_000 }],
    },
  },
  accusers: {
    about: 'a twentieth of the members accuses healthy ones, all the same, for five minutes',
    scenario: {
      ...PLAIN,
      name: 'accusers',
      nodes: 1_000,
      minutes: 6,
      faults: [{ kind: 'liars', atS: 10, forS: 300, share: 0.05, deeds: ['accuse'] }],
    },
  },
  lies: {
    about: 'a twentieth of the members lies in every way there is',
    scenario: {
      ...PLAIN,
      name: 'lies',
      nodes: 60,
      minutes: 3,
      changesPerSecond: 1,
      faults: [{ kind: 'liars', atS: 10, forS: 120, share: 0.05, deeds: DEEDS }],
    },
  },
  heal: {
    about: 'two halves that do not hear each other for ten minutes',
    scenario: {
      ...PLAIN,
      name: 'heal',
      nodes: 1_000,
      minutes: 10.5,
      changesPerSecond: 1,
      faults: [{ kind: 'partition', atS: 30, forS: 600, shape: 'symmetric', share: 0.5 }],
    },
  },
  large: {
    about: 'ten thousand nodes',
    scenario: { ...PLAIN, name: 'large', nodes: 10_000, minutes: 2, changesPerSecond: 1 },
  },
};
