import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import { recordingMeter } from '../ports/testing/index.ts';
import type { NodeView } from '../registry/index.ts';
import { RolloutMetrics, rolloutOf, type WantedSet } from './rollout.ts';

const NOW = Date.UTC(2030, 0, 1);
const [OLD, NEW, LATER] = ['a', 'b', 'c'].map((digit) => digit.repeat(64)) as [
  string,
  string,
  string,
];

const wanted: WantedSet = {
  name: '7',
  digest: NEW,
  publishedAtMs: NOW,
  publishedBy: 'n1',
  isBefore: ({ version }) => version > 7,
};

const node = (
  name: string,
  enforces: NodeView['enforces'],
  over: Partial<NodeView> = {},
): NodeView => ({
  name: name as NodeName,
  state: 'alive',
  authority: 'no',
  addresses: [],
  version: '0.1.0',
  enforces,
  ...over,
});

const has = (name: string, tookMs: number, over?: Partial<NodeView>) =>
  node(name, { version: 7, digest: NEW, since: NOW + tookMs }, over);

test('a set that all living nodes enforce has arrived, and the dead are not waited for', () => {
  const views = [
    has('n1', 20, { state: 'self' }),
    has('n2', 300),
    node('n3', { version: 9, digest: LATER, since: NOW + 9_000 }),
    node('n4', { version: 6, digest: OLD }, { state: 'dead' }),
    node('n5', { version: 6, digest: OLD }, { state: 'left' }),
  ];
  const rollout = rolloutOf(wanted, views);
  expect(rollout).toMatchObject({
    version: '7',
    publishedAt: '2030-01-01T00:00:00.000Z',
    publishedBy: 'n1',
    complete: true,
    have: 3,
    living: 3,
    tookMs: { p50: 300, p99: 300, last: 300 },
  });
  expect(rollout.nodes.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
  expect(rollout.nodes[2]).not.toHaveProperty('tookMs'); // of another set
});

test('those that lag are told with what they enforce and why', () => {
  const lag = 'the sidecar of spiffe://x (pid 7): version 2';
  const old = { version: 6, digest: OLD };
  const views = [
    has('n1', 20),
    has('n2', 20, { lag }),
    node('n3', old),
    node('n4', old, { state: 'suspect' }),
  ];
  const { complete, have, living, nodes } = rolloutOf(wanted, views);
  expect([complete, have, living]).toEqual([false, 1, 4]);
  expect(nodes.filter((each) => !each.has)).toMatchObject([
    { name: 'n2', enforces: { version: 7 }, reason: lag },
    { name: 'n3', enforces: { version: 6 }, reason: 'it said last that it enforces version 6' },
    { name: 'n4', reason: 'it does not answer; it said last that it enforces version 6' },
  ]);
});

test('another set under the same number is not the one that is wanted', () => {
  expect(rolloutOf(wanted, [node('n1', { version: 7, digest: LATER })]).complete).toBe(false);
});

test('a clock that is behind makes no time less than none, and who began with a set has none', () => {
  const { tookMs, nodes } = rolloutOf(wanted, [
    has('n1', -50),
    node('n2', { version: 7, digest: NEW }),
  ]);
  expect(tookMs).toEqual({ p50: 0, p99: 0, last: 0 });
  expect(nodes[1]).toMatchObject({ has: true });
  expect(nodes[1]).not.toHaveProperty('since');
});

test('a mesh of which nothing is known has not got it', () => {
  expect(rolloutOf(wanted, []).complete).toBe(false);
});

test('nodes are counted by whether they enforce what is in force', () => {
  const meter = recordingMeter();
  const gone = node('n3', { version: 6, digest: OLD }, { state: 'dead' });
  const views = [has('n1', 20), node('n2', { version: 6, digest: OLD }), gone];
  new RolloutMetrics(meter).measured(rolloutOf(wanted, views));
  expect(
    ['enforcing', 'lagging', 'gone'].map((state) =>
      meter.value('selvage_rollout_nodes', { state }),
    ),
  ).toEqual([1, 1, 1]);
});
